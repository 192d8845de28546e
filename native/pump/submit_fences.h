// Whether what a client submitted is done: each submit has a fence behind it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "../call_executor.h"

namespace virgl {

class SubmitFences {
 public:
  // From now on it is told of the renderer's legacy fences, and nobody else.
  explicit SubmitFences(Renderer &renderer);

  // Whether something that was submitted is not known to be done.
  bool Busy() const { return Retired() != newest_; }
  // Every fence up to this one has retired.
  uint32_t Retired() const { return retired_->load(std::memory_order_acquire); }
  // The number of the fence that is made next; 0 stands for none.
  uint32_t Next() const { return newest_ == UINT32_MAX ? 1 : newest_ + 1; }
  // Makes the fence behind a submit. False: the answer to its call waits among the completions.
  bool Make(CallExecutor &executor);
  // Waits until all is done that was submitted so far.
  void Await(CallExecutor &executor);

 private:
  uint32_t newest_ = 0;
  // Written where fences retire, which with ASYNC_FENCE_CB is another thread.
  std::shared_ptr<std::atomic<uint32_t>> retired_;
};

}  // namespace virgl
