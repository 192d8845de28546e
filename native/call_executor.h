// Runs calls and reports what became of them; retires fences. Every method runs on the thread that owns
// virglrenderer: the render thread, or JavaScript's own where the host is inline.
#pragma once

#include <chrono>
#include <span>

#include "call_words.h"
#include "completions.h"
#include "renderer.h"

namespace virgl {

class CallExecutor {
 public:
  // Everything referred to must outlive this object.
  CallExecutor(Renderer &renderer, Completions &completions)
      : renderer_(renderer), completions_(completions) {}

  // An entry of a ring: a call's number and its arguments, which may be in a parcel.
  void Run(std::span<uint32_t> entry) { Answer(RunCall(entry.front(), entry.subspan(1))); }
  // True if it succeeded with nothing to say and nothing else waits to be told: then there is no completion
  // to read.
  bool RunQuietly(uint32_t number, std::span<uint32_t> words);

  bool FencesPending() const { return renderer_.running() && renderer_.fences().Pending(); }
  // Retires the fences that are ready.
  void PollFences() {
    if (FencesPending()) renderer_.Poll();
  }
  // Sleeps until a fence is ready, `also` (a borrowed descriptor, or -1) is readable, or the time is over.
  // Retires what is ready. Without fences and without a limit it waits for `also` alone.
  void Sleep(int also, std::chrono::microseconds limit);

 private:
  int RunCall(uint32_t number, std::span<uint32_t> words);
  int RunWith(uint32_t number, std::span<uint32_t> arguments);
  void Answer(int status);

  Renderer &renderer_;
  Completions &completions_;
  CallResult result_;
};

}  // namespace virgl
