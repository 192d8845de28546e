#include "poll_set.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "addon.h"
#include "poll_until.h"
#include "relax.h"

namespace virgl {

Napi::Function PollSet::Define(Napi::Env env) {
  return DefineClass(env, "PollSet", {InstanceMethod<&PollSet::Wait>("wait")});
}

PollSet::PollSet(const Napi::CallbackInfo &info) : Napi::ObjectWrap<PollSet>(info) {
  const auto add = [this](const Napi::Value &numbers, short events) {
    const auto array = numbers.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i)
      fds_.push_back({array.Get(i).As<Napi::Number>().Int32Value(), events, 0});
  };
  add(info[0], POLLIN);
  bells_ = fds_.size();
  add(info[1], POLLIN);
  add(info[2], POLLOUT);
}

int PollSet::Poll(double wait_ms, std::chrono::microseconds look) {
  int found = 0;
  const auto looked = [&] {
    found = PollUntil(fds_, DeadlineIn(0));
    return found != 0;
  };
  // A system call each time: where the peer waits for this very processor, few of them delay it.
  if (look.count() > 0 && SpinUntil<2>(looked, look)) return found;
  return PollUntil(fds_, DeadlineIn(wait_ms));
}

Napi::Value PollSet::Wait(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const double wait_ms = info[0].As<Napi::Number>().DoubleValue();
  const int found = Poll(wait_ms, std::chrono::microseconds(info[1].As<Napi::Number>().Int64Value()));
  if (found < 0) {
    ThrowErrno(env, "ppoll");
    return env.Undefined();
  }
  auto array = info[2].As<Napi::Uint8Array>();
  uint8_t *ready = array.Data();
  const size_t room = array.ElementLength();
  for (size_t i = 0; i < fds_.size(); ++i) {
    const short events = found == 0 ? 0 : fds_[i].revents;
    if ((events & POLLNVAL) != 0) {
      ThrowSystem(env, EBADF, "ppoll", "PollSet: a descriptor is not open");
      return env.Undefined();
    }
    if (i < room) ready[i] = events != 0;
    // Whoever shares it may have read it since.
    uint64_t count;
    if (i < bells_ && (events & POLLIN) != 0 && read(fds_[i].fd, &count, sizeof count) < 0 &&
        errno != EAGAIN && errno != EINTR) {
      ThrowErrno(env, "read");
      return env.Undefined();
    }
  }
  return Napi::Boolean::New(env, found > 0);
}

}  // namespace virgl
