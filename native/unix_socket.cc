#include "unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

#include "addon.h"
#include "poll_until.h"
#include "relax.h"
#include "unix_address.h"

namespace virgl {

namespace {

// What receive() returns beside lengths.
constexpr double kNothing = -1;
constexpr double kWoken = -2;

// SCM_MAX_FD of the kernel.
constexpr size_t kMaxFdsOfMessage = 253;
// A peer that sends descriptors nobody asked for may not use up those of the process.
constexpr size_t kMaxWaitingFds = 1024;

std::span<std::byte> BytesOf(const Napi::Value &value) {
  napi_typedarray_type type;
  size_t length = 0;
  void *data = nullptr;
  if (napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr) != napi_ok)
    return {};
  return {static_cast<std::byte *>(data), type == napi_uint8_array ? length : 0};
}

double NumberOf(const Napi::Value &value) { return value.As<Napi::Number>().DoubleValue(); }

int OptionOf(int fd, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

}  // namespace

Napi::Function UnixSocket::Define(Napi::Env env) {
  return DefineClass(env, "UnixSocket",
                     {
                         StaticMethod<&UnixSocket::Connect>("connect"),
                         StaticMethod<&UnixSocket::Pair>("pair"),
                         StaticMethod<&UnixSocket::Adopt>("adopt"),
                         InstanceMethod<&UnixSocket::Receive>("receive"),
                         InstanceMethod<&UnixSocket::Send>("send"),
                         InstanceMethod<&UnixSocket::TakeFd>("takeFd"),
                         InstanceMethod<&UnixSocket::Peer>("peer"),
                         InstanceMethod<&UnixSocket::Shutdown>("shutdown"),
                         InstanceMethod<&UnixSocket::Seqpacket>("seqpacket"),
                         InstanceMethod<&UnixSocket::Number>("number"),
                         InstanceMethod<&UnixSocket::Duplicate>("duplicate"),
                         InstanceMethod<&UnixSocket::Watch>("watch"),
                         InstanceMethod<&UnixSocket::Close>("close"),
                     });
}

Napi::Value UnixSocket::Wrap(Napi::Env env, UniqueFd fd, bool seqpacket) {
  Napi::Object object = AddonData::Of(env).unix_socket.New({});
  UnixSocket *socket = Unwrap(object);
  socket->fd_.Reset(std::move(fd));
  socket->seqpacket_ = seqpacket;
  return object;
}

// connect(path, waitMs): undefined when the server's queue was full for so long.
Napi::Value UnixSocket::Connect(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.Valid()) {
    ThrowErrno(env, "socket");
    return env.Undefined();
  }
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  // Nothing can be polled for a place in the queue: the call itself has to wait, and is given a limit.
  const auto wait = std::chrono::microseconds(static_cast<int64_t>(NumberOf(info[1]) * 1000) + 1);
  timeval limit = {};
  limit.tv_sec = wait.count() / 1'000'000;
  limit.tv_usec = wait.count() % 1'000'000;
  setsockopt(fd.Get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const Address address(path);
  int result;
  do {
    result = connect(fd.Get(), address.Get(), address.length);
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    if (errno != EAGAIN) ThrowSystem(env, errno, "connect", "connect " + path + ": " + strerror(errno));
    return env.Undefined();
  }
  limit = {};
  setsockopt(fd.Get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return Wrap(env, std::move(fd), false);
}

Napi::Value UnixSocket::Pair(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const bool seqpacket = info[0].As<Napi::Boolean>().Value();
  std::array<int, 2> fds;
  if (socketpair(AF_UNIX, (seqpacket ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    ThrowErrno(env, "socketpair");
    return env.Undefined();
  }
  UniqueFd first(fds[0]);
  UniqueFd second(fds[1]);
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0u, Wrap(env, std::move(first), seqpacket));
  pair.Set(1u, Wrap(env, std::move(second), seqpacket));
  return pair;
}

// adopt(fd): undefined, and the descriptor stays where it is, unless it is a connected socket of these kinds.
Napi::Value UnixSocket::Adopt(const Napi::CallbackInfo &info) {
  FileDescriptor *given = FileDescriptor::From(info[0]);
  if (given == nullptr) return info.Env().Undefined();
  const int fd = given->fd().Get();
  const int type = OptionOf(fd, SO_TYPE);
  if (OptionOf(fd, SO_DOMAIN) != AF_UNIX || OptionOf(fd, SO_ACCEPTCONN) != 0 ||
      (type != SOCK_STREAM && type != SOCK_SEQPACKET))
    return info.Env().Undefined();
  return Wrap(info.Env(), std::move(given->fd()), type == SOCK_SEQPACKET);
}

ssize_t UnixSocket::TryReceive(std::span<std::byte> into) {
  iovec part = {into.data(), into.size()};
  // Room for one message's descriptors, and for the credentials that the owner of an adopted socket may have
  // asked for.
  alignas(cmsghdr) std::byte control[CMSG_SPACE(kMaxFdsOfMessage * sizeof(int)) + CMSG_SPACE(64)];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t received;
  do {
    received = recvmsg(fd_.Get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;
  if (message.msg_controllen == 0 && (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0) return received;
  return KeepDescriptors(message, received);
}

ssize_t UnixSocket::KeepDescriptors(const msghdr &message, ssize_t received) {
  std::vector<UniqueFd> fds;
  for (const cmsghdr *header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(const_cast<msghdr *>(&message), const_cast<cmsghdr *>(header))) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  // What came is closed with `fds`: bytes without all of their descriptors are of no use.
  if ((message.msg_flags & MSG_CTRUNC) != 0) return -EMFILE;
  if ((message.msg_flags & MSG_TRUNC) != 0) return -EMSGSIZE;
  if (received_fds_.size() + fds.size() > kMaxWaitingFds) return -ETOOMANYREFS;
  std::move(fds.begin(), fds.end(), std::back_inserter(received_fds_));
  return received;
}

Napi::Value UnixSocket::Receive(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto into = BytesOf(info[0]);
  if (!fd_.Valid()) {
    ThrowCode(env, "ERR_VIRGL_CLOSED", "UnixSocket: already closed");
    return env.Undefined();
  }
  if (into.empty()) {
    ThrowCode(env, "ERR_VIRGL_ARGUMENT", "UnixSocket: the array to receive into was detached");
    return env.Undefined();
  }
  ssize_t received = TryReceive(into);
  const double wait_ms = received == -EAGAIN ? NumberOf(info[1]) : 0;
  if (received == -EAGAIN && wait_ms != 0) {
    const auto until = DeadlineIn(wait_ms);
    const double spin = NumberOf(info[2]);
    if (spin > 0) {
      SpinUntil([&] { return (received = TryReceive(into)) != -EAGAIN; },
                std::chrono::microseconds(static_cast<int64_t>(spin)));
    }
    std::vector<pollfd> fds;
    if (received == -EAGAIN) {
      fds.push_back({fd_.Get(), POLLIN, 0});
      if (info[3].IsArray()) {
        const auto also = info[3].As<Napi::Array>();
        for (uint32_t i = 0; i < also.Length(); ++i)
          fds.push_back({also.Get(i).As<Napi::Number>().Int32Value(), POLLIN, 0});
      }
    }
    while (received == -EAGAIN) {
      const int ready = PollUntil(fds, until);
      if (ready < 0) received = ready;
      if (ready <= 0) break;
      received = TryReceive(into);
      if (received != -EAGAIN) break;
      for (const pollfd &other : std::span(fds).subspan(1)) {
        if ((other.revents & POLLNVAL) != 0) {
          ThrowSystem(env, EBADF, "poll",
                      "UnixSocket: descriptor " + std::to_string(other.fd) + " of alsoWake is not open");
          return env.Undefined();
        }
        if (other.revents != 0) return Napi::Number::New(env, kWoken);
      }
    }
  }
  if (received >= 0) return Napi::Number::New(env, static_cast<double>(received));
  switch (received) {
    case -EAGAIN:
      return Napi::Number::New(env, kNothing);
    case -EMFILE:
      ThrowSystem(
          env, EMFILE, "recvmsg",
          "UnixSocket: descriptors that came with a message were lost: the process has too many open");
      break;
    case -EMSGSIZE:
      ThrowSystem(env, EMSGSIZE, "recvmsg",
                  "UnixSocket: a message is longer than the " + std::to_string(into.size()) +
                      " bytes that there was room for, and is lost");
      break;
    case -ETOOMANYREFS:
      ThrowSystem(env, ETOOMANYREFS, "recvmsg",
                  "UnixSocket: the peer sent more than " + std::to_string(kMaxWaitingFds) +
                      " descriptors that nobody took");
      break;
    default:
      ThrowSystem(env, static_cast<int>(-received), "recvmsg");
  }
  return env.Undefined();
}

Napi::Value UnixSocket::Send(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!fd_.Valid()) {
    ThrowCode(env, "ERR_VIRGL_CLOSED", "UnixSocket: already closed");
    return env.Undefined();
  }
  // What is left after `skip` bytes.
  auto skip = static_cast<size_t>(NumberOf(info[2]));
  size_t total = 0;
  std::vector<iovec> parts;
  const auto add = [&](const Napi::Value &value) {
    const auto bytes = BytesOf(value);
    total += bytes.size();
    const size_t skipped = std::min(skip, bytes.size());
    skip -= skipped;
    if (skipped < bytes.size()) parts.push_back({bytes.data() + skipped, bytes.size() - skipped});
  };
  if (info[0].IsArray()) {
    const auto array = info[0].As<Napi::Array>();
    parts.reserve(array.Length());
    for (uint32_t i = 0; i < array.Length(); ++i) add(array.Get(i));
  } else {
    add(info[0]);
  }
  if (total != static_cast<size_t>(NumberOf(info[1]))) {
    ThrowCode(env, "ERR_VIRGL_ARGUMENT", "UnixSocket: an array was detached before all of it was sent");
    return env.Undefined();
  }

  std::vector<int> fds;
  if (info[3].IsArray()) {
    const auto array = info[3].As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) {
      FileDescriptor *descriptor = FileDescriptor::From(array.Get(i));
      fds.push_back(descriptor == nullptr ? -1 : descriptor->fd().Get());
    }
  }
  alignas(cmsghdr) std::byte control[CMSG_SPACE(kMaxFdsOfMessage * sizeof(int))];
  const Deadline until = DeadlineIn(NumberOf(info[4]));
  const bool may_wait = NumberOf(info[4]) != 0;

  double sent_bytes = 0;
  std::span<iovec> left = parts;
  while (!left.empty()) {
    msghdr message = {};
    message.msg_iov = left.data();
    message.msg_iovlen = seqpacket_ ? left.size() : std::min<size_t>(left.size(), IOV_MAX);
    if (!fds.empty() && fds.size() <= kMaxFdsOfMessage) {
      std::memset(control, 0, sizeof control);
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
      cmsghdr *header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
      std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
    }
    const ssize_t sent = sendmsg(fd_.Get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      fds.clear();  // They went with the first byte.
      sent_bytes += static_cast<double>(sent);
      auto rest = static_cast<size_t>(sent);
      while (!left.empty() && rest >= left.front().iov_len) {
        rest -= left.front().iov_len;
        left = left.subspan(1);
      }
      if (rest > 0) {
        left.front().iov_base = static_cast<std::byte *>(left.front().iov_base) + rest;
        left.front().iov_len -= rest;
      }
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      ThrowErrno(env, "sendmsg");
      return env.Undefined();
    }
    if (!may_wait) break;
    pollfd writable = {fd_.Get(), POLLOUT, 0};
    const int ready = PollUntil({&writable, 1}, until);
    if (ready < 0) {
      ThrowSystem(env, -ready, "poll");
      return env.Undefined();
    }
    if (ready == 0) break;
  }
  return Napi::Number::New(env, sent_bytes);
}

Napi::Value UnixSocket::TakeFd(const Napi::CallbackInfo &info) {
  if (received_fds_.empty()) return info.Env().Undefined();
  UniqueFd fd = std::move(received_fds_.front());
  received_fds_.pop_front();
  return FileDescriptor::Wrap(info.Env(), std::move(fd));
}

// { pid, uid, gid }
Napi::Value UnixSocket::Peer(const Napi::CallbackInfo &info) {
  ucred credentials = {};
  socklen_t length = sizeof credentials;
  if (getsockopt(fd_.Get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    ThrowErrno(info.Env(), "getsockopt");
    return info.Env().Undefined();
  }
  Napi::Object peer = Napi::Object::New(info.Env());
  peer.Set("pid", Napi::Number::New(info.Env(), credentials.pid));
  peer.Set("uid", Napi::Number::New(info.Env(), credentials.uid));
  peer.Set("gid", Napi::Number::New(info.Env(), credentials.gid));
  return peer;
}

// shutdown(how: 0 read | 1 write | 2 both), as SHUT_RD, SHUT_WR and SHUT_RDWR.
void UnixSocket::Shutdown(const Napi::CallbackInfo &info) {
  if (shutdown(fd_.Get(), info[0].As<Napi::Number>().Int32Value()) != 0) ThrowErrno(info.Env(), "shutdown");
}

void UnixSocket::Close(const Napi::CallbackInfo &) {
  fd_.Close();
  received_fds_.clear();
}

}  // namespace virgl
