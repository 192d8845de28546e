#include "submit_fences.h"

#include <chrono>

#include "../calls/plain.h"

namespace virgl {

namespace {

// The net below the renderer's descriptor, which tells of fences.
constexpr std::chrono::milliseconds kLook{10};

}  // namespace

SubmitFences::SubmitFences(Renderer &renderer) : retired_(std::make_shared<std::atomic<uint32_t>>(0)) {
  renderer.TellOfFences(retired_);
}

bool SubmitFences::Make(CallExecutor &executor) {
  const uint32_t before = newest_;
  newest_ = Next();
  return executor.RunQuietly([this, before](Renderer &renderer, CallResult &) {
    const int status = CreateFence(renderer, 0, newest_);
    if (status != 0) newest_ = before;
    return status;
  });
}

void SubmitFences::Await(CallExecutor &executor) {
  executor.PollFences();
  while (Busy()) {
    executor.Sleep(-1, kLook);
    if (Busy()) executor.PollFences();
  }
}

}  // namespace virgl
