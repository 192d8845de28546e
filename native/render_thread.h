// The thread that calls virglrenderer where JavaScript must not wait for GL: runs calls as they come, and
// watches fences while there are none.
#pragma once

#include <atomic>
#include <thread>

#include "call_executor.h"
#include "call_ring.h"
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
  bool RunOne();
  void WaitForWork();
  void Sleep();

  CallRing ring_;
  CallExecutor executor_;
  Renderer &renderer_;
  UniqueFd wake_fd_;
  std::atomic<bool> stop_ = false;
  // Whether the last call came so soon that the next one is waited for awake.
  bool expects_calls_ = true;
  // Last, so that the thread starts when all that it uses is there.
  std::thread thread_;
};

}  // namespace virgl
