// Takes calls out of the ring, runs them and reports what became of them; retires fences. Every method runs
// on the thread that owns virglrenderer: the render thread, or JavaScript's own where the host is inline.
#pragma once

#include <chrono>
#include <span>

#include "call_ring.h"
#include "call_words.h"
#include "completions.h"
#include "renderer.h"

namespace virgl {

class CallExecutor {
 public:
  // Everything referred to must outlive this object.
  CallExecutor(CallRing ring, Renderer &renderer, Completions &completions)
      : ring_(ring), renderer_(renderer), completions_(completions) {}

  // Runs the oldest call. False if there is none.
  bool RunOne();
  bool Idle() { return ring_.Empty(); }
  // What the other end must know before it lets this thread sleep.
  void SetAsleep(bool asleep) { ring_.SetAsleep(asleep); }

  bool FencesPending() const { return renderer_.running() && renderer_.fences().Pending(); }
  // Retires the fences that are ready.
  void PollFences() {
    if (FencesPending()) renderer_.Poll();
  }
  // Sleeps until a fence is ready, `also` (a borrowed descriptor, or -1) is readable, or the time is over.
  // Retires what is ready. Without fences and without a limit it waits for `also` alone.
  void Sleep(int also, std::chrono::microseconds limit);

 private:
  void Answer(uint32_t number, std::span<uint32_t> words);

  CallRing ring_;
  Renderer &renderer_;
  Completions &completions_;
  CallResult result_;
};

}  // namespace virgl
