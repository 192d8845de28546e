// Whether what a client submitted is done. A fence is made when nothing else is left to do: it starts the
// driver, whose threads then take the processor from this one.
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
  bool Busy() const { return IsDue() || retired_->load(std::memory_order_acquire) != newest_; }
  // Whether something was submitted after the newest fence.
  bool IsDue() const { return unfenced_ > 0; }

  // After a submit of which there is something to tell first.
  void Owe() { ++unfenced_; }
  // Each of the following returns whether there is nothing to tell; otherwise the answer to the fence's call
  // waits among the completions. After a submit.
  bool Submitted(CallExecutor &executor);
  // Makes the fence that is due, if one is.
  bool Make(CallExecutor &executor);
  // Waits until all is done that was submitted so far.
  bool Await(CallExecutor &executor);

 private:
  uint32_t unfenced_ = 0;
  uint32_t newest_ = 0;
  // Written where fences retire, which with ASYNC_FENCE_CB is another thread.
  std::shared_ptr<std::atomic<uint32_t>> retired_;
};

}  // namespace virgl
