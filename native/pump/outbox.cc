#include "outbox.h"

#include <cerrno>
#include <utility>

#include "../poll_until.h"
#include "../socket_message.h"

namespace virgl {

namespace {

// Whoever reads nothing for so long is for somebody who watches more than the socket.
constexpr double kPatienceMs = 20;

}  // namespace

int Outbox::Send(int socket, std::span<const std::byte> bytes, int fd) {
  size_t sent = 0;
  if (Empty()) {
    const iovec part = {const_cast<std::byte *>(bytes.data()), bytes.size()};
    const ssize_t result = SendMessage(socket, {&part, 1}, {&fd, fd >= 0 ? 1u : 0u});
    if (result < 0 && result != -EAGAIN) return static_cast<int>(-result);
    sent = result < 0 ? 0 : static_cast<size_t>(result);
    if (sent == bytes.size()) return 0;
  }
  Unsent unsent = {{bytes.begin() + static_cast<std::ptrdiff_t>(sent), bytes.end()}, UniqueFd()};
  if (fd >= 0 && sent == 0) {
    unsent.fd = UniqueFd::Duplicate(fd);
    if (!unsent.fd.Valid()) return errno;
  }
  unsent_.push_back(std::move(unsent));
  return 0;
}

int Outbox::SendWaiting(int socket, std::span<const std::byte> bytes) {
  while (Empty() && !bytes.empty()) {
    const iovec part = {const_cast<std::byte *>(bytes.data()), bytes.size()};
    const ssize_t sent = SendMessage(socket, {&part, 1}, {});
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(sent));
      continue;
    }
    if (sent != -EAGAIN) return static_cast<int>(-sent);
    pollfd writable = {socket, POLLOUT, 0};
    if (PollUntil({&writable, 1}, DeadlineIn(kPatienceMs)) <= 0) break;
  }
  return bytes.empty() ? 0 : Send(socket, bytes);
}

Outbox::Unsent Outbox::Take() {
  Unsent oldest = std::move(unsent_.front());
  unsent_.pop_front();
  return oldest;
}

}  // namespace virgl
