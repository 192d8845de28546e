#include "render_thread.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

#include "relax.h"

namespace virgl {

namespace {

using Clock = std::chrono::steady_clock;

// How long the thread looks for the next call before it sleeps: to be woken takes longer than most calls, on
// a virtual machine up to 100 us. As long as calls follow one another within that, it is worth waiting for
// them awake.
constexpr auto kLongSpin = std::chrono::microseconds(200);
constexpr auto kShortSpin = std::chrono::microseconds(20);

UniqueFd NewEventFd() {
  UniqueFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  // Without it the thread would sleep for ever.
  if (!fd.Valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

RenderThread::RenderThread(CallRing ring, Renderer &renderer, Completions &completions)
    : ring_(ring),
      executor_(renderer, completions),
      renderer_(renderer),
      wake_fd_(NewEventFd()),
      thread_([this] { Run(); }) {}

void RenderThread::Wake() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the thread has a wake-up waiting anyway.
  [[maybe_unused]] const ssize_t written = write(wake_fd_.Get(), &one, sizeof one);
}

void RenderThread::Join() {
  if (!thread_.joinable()) return;
  stop_ = true;
  Wake();
  thread_.join();
}

void RenderThread::Run() {
  pthread_setname_np(pthread_self(), "virgl-render");
  while (!stop_) {
    bool worked = false;
    while (!stop_ && RunOne()) worked = true;
    executor_.PollFences();
    if (!worked) WaitForWork();
  }
  renderer_.Cleanup();
}

bool RenderThread::RunOne() {
  const auto entry = ring_.Front();
  if (entry.empty()) {
    // Both ends are ours: this can only be a bug, and running on would execute garbage.
    if (ring_.corrupt()) abort();
    return false;
  }
  executor_.Run(entry);
  ring_.Pop(entry);
  return true;
}

void RenderThread::WaitForWork() {
  const auto idle_since = Clock::now();
  const auto limit = expects_calls_ && !executor_.FencesPending() ? kLongSpin : kShortSpin;
  if (SpinUntil([this] { return stop_ || !ring_.Empty(); }, limit)) return;
  Sleep();
  // What came late is expected to come late again.
  expects_calls_ = Clock::now() - idle_since < kLongSpin;
}

void RenderThread::Sleep() {
  ring_.SetAsleep(true);
  // Looked at again after saying so, or a call that was put in between would wait for ever.
  if (ring_.Empty() && !stop_) {
    executor_.Sleep(wake_fd_.Get(), std::chrono::microseconds::max());
    uint64_t count;
    [[maybe_unused]] const ssize_t drained = read(wake_fd_.Get(), &count, sizeof count);
  }
  ring_.SetAsleep(false);
}

}  // namespace virgl
