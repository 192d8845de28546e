#include "socket_message.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <vector>

namespace virgl {

namespace {

// Takes over the descriptors of a received message.
std::vector<UniqueFd> DescriptorsOf(msghdr &message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr *header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

ssize_t ReceiveMessage(int socket, std::span<std::byte> into, std::deque<UniqueFd> &fds) {
  iovec part = {into.data(), into.size()};
  // Room for the descriptors, and for credentials that the owner of an adopted socket may have asked for.
  alignas(cmsghdr) std::byte control[CMSG_SPACE(kMaxFdsOfMessage * sizeof(int)) + CMSG_SPACE(64)];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t received;
  do {
    received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;

  std::vector<UniqueFd> came;
  if (message.msg_controllen != 0) came = DescriptorsOf(message);
  // Bytes without all of their descriptors are of no use; those that came are closed here.
  if ((message.msg_flags & MSG_CTRUNC) != 0) return -EMFILE;
  if ((message.msg_flags & MSG_TRUNC) != 0) return -EMSGSIZE;
  if (fds.size() + came.size() > kMaxWaitingFds) return -ETOOMANYREFS;
  std::move(came.begin(), came.end(), std::back_inserter(fds));
  return received;
}

ssize_t SendMessage(int socket, std::span<const iovec> parts, std::span<const int> fds) {
  if (fds.size() > kMaxFdsOfMessage) return -EINVAL;
  msghdr message = {};
  message.msg_iov = const_cast<iovec *>(parts.data());
  message.msg_iovlen = parts.size();
  alignas(cmsghdr) std::byte control[CMSG_SPACE(kMaxFdsOfMessage * sizeof(int))];
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    std::memset(control, 0, message.msg_controllen);
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

}  // namespace virgl
