#include "outbox.h"

#include <cerrno>
#include <utility>

#include "../socket_message.h"

namespace virgl {

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

Outbox::Unsent Outbox::Take() {
  Unsent oldest = std::move(unsent_.front());
  unsent_.pop_front();
  return oldest;
}

}  // namespace virgl
