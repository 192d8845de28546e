// The one thread that calls virglrenderer: takes calls out of the ring, reports what became of them, polls
// for fences.
#pragma once

#include <atomic>
#include <thread>

#include "call_ring.h"
#include "call_words.h"
#include "completions.h"
#include "file_descriptor.h"
#include "renderer.h"

namespace virgl {

class RenderThread {
 public:
  // Everything referred to must outlive Join(). Throws std::system_error when there is no descriptor or
  // thread left.
  RenderThread(CallRing ring, Renderer &renderer, Completions &completions);
  ~RenderThread() { Join(); }

  // Any thread. Call after putting an entry into the ring while the ring says that its consumer sleeps.
  void Wake();
  // Finishes the call in progress, drops what is still queued, cleans up and returns when the thread has
  // ended.
  void Join();

 private:
  void Run();
  bool RunQueued();
  void Execute(std::span<uint32_t> entry);
  void Answer(uint32_t number, std::span<uint32_t> words);
  void PollFences();
  void WaitForWork();
  void Sleep();

  CallRing ring_;
  Renderer &renderer_;
  Completions &completions_;
  UniqueFd wake_fd_;
  std::atomic<bool> stop_ = false;
  CallResult result_;
  // Whether the last call came so soon that the next one is waited for awake.
  bool expects_calls_ = true;
  // Last, so that the thread starts when all that it uses is there.
  std::thread thread_;
};

}  // namespace virgl
