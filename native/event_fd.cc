#include "event_fd.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "addon.h"

namespace virgl {

namespace {

bool Add(int fd, uint64_t value) {
  ssize_t written;
  do {
    written = write(fd, &value, sizeof value);
  } while (written < 0 && errno == EINTR);
  return written == sizeof value;
}

// False for something else; without /proc every descriptor passes.
bool IsEventFd(int fd) {
  char target[32];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = readlink(link.c_str(), target, sizeof target);
  return length < 0 || std::string_view(target, static_cast<size_t>(length)) == "anon_inode:[eventfd]";
}

uint64_t U64(const Napi::Value &value) {
  bool lossless;
  return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

}  // namespace

Napi::Function EventFd::Define(Napi::Env env) {
  return DefineClass(env, "EventFd",
                     {
                         InstanceMethod<&EventFd::Signal>("signal"),
                         InstanceMethod<&EventFd::Read>("read"),
                         InstanceMethod<&EventFd::Number>("number"),
                         InstanceMethod<&EventFd::Duplicate>("duplicate"),
                         InstanceMethod<&EventFd::Watch>("watch"),
                         InstanceMethod<&EventFd::Close>("close"),
                     });
}

EventFd::EventFd(const Napi::CallbackInfo &info) : Napi::ObjectWrap<EventFd>(info) {
  if (FileDescriptor *given = FileDescriptor::From(info[0])) {
    const int fd = given->fd().Get();
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || !IsEventFd(fd)) return;  // Without a descriptor: JavaScript says so.
    // Whoever shares it may read it between our poll and our read.
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    fd_.Reset(std::move(given->fd()));
    return;
  }
  UniqueFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const uint64_t initial = U64(info[0]);
  if (!fd.Valid() || (initial != 0 && !Add(fd.Get(), initial))) {
    ThrowErrno(info.Env(), "eventfd");
    return;
  }
  fd_.Reset(std::move(fd));
}

void EventFd::Signal(const Napi::CallbackInfo &info) {
  if (!Add(fd_.Get(), U64(info[0]))) ThrowErrno(info.Env(), "write");
}

Napi::Value EventFd::Read(const Napi::CallbackInfo &info) {
  uint64_t count = 0;
  ssize_t length;
  do {
    length = read(fd_.Get(), &count, sizeof count);
  } while (length < 0 && errno == EINTR);
  if (length < 0 && errno != EAGAIN) {
    ThrowErrno(info.Env(), "read");
    return info.Env().Undefined();
  }
  return Napi::BigInt::New(info.Env(), length == sizeof count ? count : uint64_t{0});
}

}  // namespace virgl
