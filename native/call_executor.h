// Runs calls and reports what became of them; retires fences. Every method runs on the thread that owns
// virglrenderer: the render thread, or JavaScript's own where the host is inline.
#pragma once

#include <cerrno>
#include <chrono>
#include <new>
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
  // The same for a call that is at hand: `call(renderer, result)` returns as those of native/calls.h.
  template <typename Call>
  bool RunQuietly(Call call) {
    return RanQuietly(Guard([&] { return call(renderer_, result_); }));
  }
  // As RunQuietly, but where the call fails nobody is told, not even what was logged meanwhile.
  template <typename Call>
  int RunUnheard(Call call) {
    const int status = Guard([&] { return call(renderer_, result_); });
    if (status != 0) completions_.Discard();
    return status;
  }

  // After calls whose completions were not looked at one by one: what was logged belongs to them.
  void Succeeded() { completions_.Succeeded(); }

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
  // What `call` returns, with an empty result to write to; ENOMEM if there was no memory for it.
  template <typename Call>
  int Guard(Call call) {
    result_.Clear();
    try {
      return call();
    } catch (const std::bad_alloc &) {
      result_.Clear();
      return ENOMEM;
    }
  }
  bool RanQuietly(int status);
  void Answer(int status);

  Renderer &renderer_;
  Completions &completions_;
  CallResult result_;
};

}  // namespace virgl
