#include "submit_fences.h"

#include <chrono>

#include "../calls/plain.h"

namespace virgl {

namespace {

// Submits that share one fence, at most.
constexpr uint32_t kMaxUnfenced = 8;
// The net below the renderer's descriptor, which tells of fences.
constexpr std::chrono::milliseconds kLook{10};

}  // namespace

SubmitFences::SubmitFences(Renderer &renderer) : retired_(std::make_shared<std::atomic<uint32_t>>(0)) {
  renderer.TellOfFences(retired_);
}

bool SubmitFences::Submitted(CallExecutor &executor) { return ++unfenced_ < kMaxUnfenced || Make(executor); }

bool SubmitFences::Make(CallExecutor &executor) {
  if (!IsDue()) return true;
  unfenced_ = 0;
  const uint32_t before = newest_;
  // 0 stands for none.
  newest_ = newest_ == UINT32_MAX ? 1 : newest_ + 1;
  return executor.RunQuietly([this, before](Renderer &renderer, CallResult &) {
    const int status = CreateFence(renderer, 0, newest_);
    if (status != 0) newest_ = before;
    return status;
  });
}

bool SubmitFences::Await(CallExecutor &executor) {
  if (!Make(executor)) return false;
  executor.PollFences();
  while (Busy()) {
    executor.Sleep(-1, kLook);
    if (Busy()) executor.PollFences();
  }
  return true;
}

}  // namespace virgl
