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
#include "socket_message.h"
#include "unix_address.h"

namespace virgl {

namespace {

// What receive() returns beside lengths.
constexpr int kNothing = -1;
constexpr int kWoken = -2;

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
                         InstanceMethod<&UnixSocket::GrowSendBuffer>("growSendBuffer"),
                         InstanceMethod<&UnixSocket::Shutdown>("shutdown"),
                         InstanceMethod<&UnixSocket::Seqpacket>("seqpacket"),
                         InstanceMethod<&UnixSocket::Number>("number"),
                         InstanceMethod<&UnixSocket::Duplicate>("duplicate"),
                         InstanceMethod<&UnixSocket::Watch>("watch"),
                         InstanceMethod<&UnixSocket::Close>("close"),
                     });
}

UnixSocket *UnixSocket::From(Napi::Value value) {
  if (!value.IsObject()) return nullptr;
  Napi::Object object = value.As<Napi::Object>();
  if (!object.InstanceOf(AddonData::Of(value.Env()).unix_socket.Value())) return nullptr;
  return Unwrap(object);
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

// receive(into, waitMs, spinMicroseconds, alsoWake?)
Napi::Value UnixSocket::Receive(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!fd_.Valid()) {
    ThrowCode(env, "ERR_VIRGL_CLOSED", "UnixSocket: already closed");
    return env.Undefined();
  }
  const auto into = BytesOf(info[0]);
  if (into.empty()) {
    ThrowCode(env, "ERR_VIRGL_ARGUMENT", "UnixSocket: the array to receive into was detached");
    return env.Undefined();
  }
  ssize_t received = TryReceive(into);
  if (received == -EAGAIN) received = WaitAndReceive(info, into);
  if (received >= 0) return Napi::Number::New(env, static_cast<double>(received));
  if (received == -EAGAIN) return Napi::Number::New(env, kNothing);
  if (received == -ECANCELED) return Napi::Number::New(env, kWoken);
  ThrowReceive(env, static_cast<int>(-received), into.size());
  return env.Undefined();
}

ssize_t UnixSocket::TryReceive(std::span<std::byte> into) {
  return ReceiveMessage(fd_.Get(), into, received_fds_);
}

void UnixSocket::ThrowReceive(Napi::Env env, int number, size_t room_bytes) {
  switch (number) {
    case EMFILE:
      ThrowSystem(
          env, EMFILE, "recvmsg",
          "UnixSocket: descriptors that came with a message were lost: the process has too many open");
      break;
    case EMSGSIZE:
      ThrowSystem(env, EMSGSIZE, "recvmsg",
                  "UnixSocket: a message is longer than the " + std::to_string(room_bytes) +
                      " bytes that there was room for, and is lost");
      break;
    case ETOOMANYREFS:
      ThrowSystem(env, ETOOMANYREFS, "recvmsg",
                  "UnixSocket: the peer sent more than " + std::to_string(kMaxWaitingFds) +
                      " descriptors that nobody took");
      break;
    case EBADFD:
      ThrowSystem(env, EBADF, "poll", "UnixSocket: a descriptor of alsoWake is not open");
      break;
    default:
      ThrowSystem(env, number, "recvmsg");
  }
}

ssize_t UnixSocket::WaitAndReceive(const Napi::CallbackInfo &info, std::span<std::byte> into) {
  const double wait_ms = NumberOf(info[1]);
  if (wait_ms == 0) return -EAGAIN;
  const Deadline until = DeadlineIn(wait_ms);
  ssize_t received = -EAGAIN;
  const auto try_again = [&] {
    received = TryReceive(into);
    return received != -EAGAIN;
  };
  const std::chrono::microseconds spin(static_cast<int64_t>(NumberOf(info[2])));
  // A system call each time: where the peer waits for this very processor, few of them delay it.
  if (spin.count() > 0 && SpinUntil<2>(try_again, spin)) return received;

  std::vector<pollfd> fds = {{fd_.Get(), POLLIN, 0}};
  if (info[3].IsArray()) {
    const auto array = info[3].As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i)
      fds.push_back({array.Get(i).As<Napi::Number>().Int32Value(), POLLIN, 0});
  }
  for (;;) {
    const int ready = PollUntil(fds, until);
    if (ready < 0) return ready;
    if (ready == 0) return -EAGAIN;
    if (fds.front().revents != 0 && try_again()) return received;
    bool woken = false;
    for (size_t i = 1; i < fds.size(); ++i) {
      if ((fds[i].revents & POLLNVAL) != 0) return -EBADFD;
      woken = woken || fds[i].revents != 0;
    }
    if (woken) return -ECANCELED;
  }
}

// send(parts, totalBytes, skipBytes, fds?, waitMs)
Napi::Value UnixSocket::Send(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!fd_.Valid()) {
    ThrowCode(env, "ERR_VIRGL_CLOSED", "UnixSocket: already closed");
    return env.Undefined();
  }
  // What is left after `skip` bytes.
  auto skip = static_cast<size_t>(NumberOf(info[2]));
  size_t total = 0;
  const auto part_of = [&](const Napi::Value &value) -> iovec {
    const auto bytes = BytesOf(value);
    total += bytes.size();
    const size_t skipped = std::min(skip, bytes.size());
    skip -= skipped;
    return {bytes.data() + skipped, bytes.size() - skipped};
  };
  iovec single;
  std::vector<iovec> several;
  std::span<iovec> parts;
  if (info[0].IsArray()) {
    const auto array = info[0].As<Napi::Array>();
    several.reserve(array.Length());
    for (uint32_t i = 0; i < array.Length(); ++i) {
      const iovec part = part_of(array.Get(i));
      if (part.iov_len > 0) several.push_back(part);
    }
    parts = several;
  } else {
    single = part_of(info[0]);
    parts = {&single, single.iov_len > 0 ? 1u : 0u};
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

  size_t sent = 0;
  const int status = SendParts(parts, fds, NumberOf(info[4]), &sent);
  if (status != 0 && status != EAGAIN) {
    ThrowSystem(env, status, "sendmsg");
    return env.Undefined();
  }
  return Napi::Number::New(env, static_cast<double>(sent));
}

int UnixSocket::SendParts(std::span<iovec> parts, std::span<const int> fds, double wait_ms,
                          size_t *sent_bytes) {
  std::optional<Deadline> until;
  while (!parts.empty()) {
    const size_t count = seqpacket_ ? parts.size() : std::min<size_t>(parts.size(), IOV_MAX);
    const ssize_t sent = SendMessage(fd_.Get(), parts.first(count), fds);
    if (sent == -EAGAIN && wait_ms != 0) {
      if (!until) until = DeadlineIn(wait_ms);
      pollfd writable = {fd_.Get(), POLLOUT, 0};
      const int ready = PollUntil({&writable, 1}, *until);
      if (ready < 0) return -ready;
      if (ready == 0) return EAGAIN;
      continue;
    }
    if (sent < 0) return static_cast<int>(-sent);
    fds = {};  // They went with the first byte.
    *sent_bytes += static_cast<size_t>(sent);
    auto gone = static_cast<size_t>(sent);
    while (!parts.empty() && gone >= parts.front().iov_len) {
      gone -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (gone > 0) {
      iovec &first = parts.front();
      first = {static_cast<std::byte *>(first.iov_base) + gone, first.iov_len - gone};
    }
  }
  return 0;
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

// growSendBuffer(bytes): the system gives less where it allows no more.
void UnixSocket::GrowSendBuffer(const Napi::CallbackInfo &info) {
  const int bytes = info[0].As<Napi::Number>().Int32Value();
  if (OptionOf(fd_.Get(), SO_SNDBUF) >= bytes) return;
  if (setsockopt(fd_.Get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) != 0)
    ThrowErrno(info.Env(), "setsockopt");
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
