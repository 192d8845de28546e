// Descriptors that a thread waits for again and again (ppoll), and doorbells among them whose counts are
// taken with the same call. It only knows their numbers: whoever they belong to keeps them open.
#pragma once

#include <napi.h>
#include <poll.h>

#include <chrono>
#include <cstddef>
#include <vector>

namespace virgl {

// JavaScript: new PollSet(bells, readers, writers), each a list of numbers.
class PollSet : public Napi::ObjectWrap<PollSet> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit PollSet(const Napi::CallbackInfo &info);

 private:
  // wait(waitMs, lookMicroseconds, ready): looks awake for a moment, then sleeps. Whether one is ready in
  // time; `ready` gets 1 at its place and 0 at those of the others.
  Napi::Value Wait(const Napi::CallbackInfo &info);
  // As PollUntil.
  int Poll(double wait_ms, std::chrono::microseconds look);

  std::vector<pollfd> fds_;
  // The first of them are eventfds that are read when they are ready.
  size_t bells_ = 0;
};

}  // namespace virgl
