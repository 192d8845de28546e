#include "render_thread.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <new>
#include <system_error>
#include <vector>

#include "calls.h"
#include "relax.h"

namespace virgl {

namespace {

using Clock = std::chrono::steady_clock;

// How long the thread looks for the next call before it sleeps: to be woken takes longer than most calls, on
// a virtual machine up to 100 us. As long as calls follow one another within that, it is worth waiting for
// them awake.
constexpr auto kLongSpin = std::chrono::microseconds(200);
constexpr auto kShortSpin = std::chrono::microseconds(20);

// Without THREAD_SYNC nothing tells when a fence is ready, so that it must be asked for.
constexpr timespec kFencePollInterval = {0, 100'000};
// With THREAD_SYNC a descriptor tells; this is only the net below it.
constexpr timespec kFenceSafetyInterval = {0, 10'000'000};

// In a call's number: its only argument is the token of a parcel that holds the real ones (too long for the
// ring).
constexpr uint32_t kArgumentsInParcel = 1u << 16;

// Errnos come with either sign, and -1 where a function only says that it failed.
uint32_t ErrnoOf(int status) { return status == -1 ? EINVAL : static_cast<uint32_t>(std::abs(status)); }

UniqueFd NewEventFd() {
  UniqueFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  // Without it the thread would sleep for ever.
  if (!fd.Valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

RenderThread::RenderThread(CallRing ring, Renderer &renderer, Completions &completions)
    : ring_(ring), renderer_(renderer), completions_(completions), wake_fd_(NewEventFd()), thread_([this] {
        Run();
      }) {}

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
    const bool worked = RunQueued();
    PollFences();
    if (!worked) WaitForWork();
  }
  renderer_.Cleanup();
}

bool RenderThread::RunQueued() {
  bool worked = false;
  while (!stop_) {
    const auto entry = ring_.Front();
    if (entry.empty()) {
      // Both ends are ours: this can only be a bug, and running on would execute garbage.
      if (ring_.corrupt()) abort();
      break;
    }
    Execute(entry);
    ring_.Pop(entry);
    worked = true;
  }
  return worked;
}

void RenderThread::Execute(std::span<uint32_t> entry) {
  const uint32_t number = entry.front();
  if ((number & kArgumentsInParcel) == 0) {
    Answer(number, entry.subspan(1));
    return;
  }
  Parcel parcel = renderer_.parcels().Take(entry.size() > 1 ? entry[1] : 0);
  auto *words = std::get_if<std::vector<uint32_t>>(&parcel);
  Answer(number & ~kArgumentsInParcel,
         words == nullptr ? std::span<uint32_t>() : std::span<uint32_t>(*words));
}

void RenderThread::Answer(uint32_t number, std::span<uint32_t> words) {
  const auto calls = Calls();
  CallArguments arguments(words);
  result_.Clear();
  int status = ENOSYS;
  if (number < calls.size()) {
    try {
      status = calls[number].run(renderer_, arguments, result_);
    } catch (const std::bad_alloc &) {
      result_.Clear();
      status = ENOMEM;
    }
  }
  if (status == 0 && result_.words().empty()) {
    completions_.Succeeded();
  } else {
    completions_.Replied(ErrnoOf(status), result_.words());
  }
}

void RenderThread::PollFences() {
  if (renderer_.running() && renderer_.fences().Pending()) renderer_.Poll();
}

void RenderThread::WaitForWork() {
  const auto idle_since = Clock::now();
  const bool polling = renderer_.running() && renderer_.fences().Pending();
  const auto limit = expects_calls_ && !polling ? kLongSpin : kShortSpin;
  if (SpinUntil([this] { return stop_ || !ring_.Empty(); }, limit)) return;
  Sleep();
  // What came late is expected to come late again.
  expects_calls_ = Clock::now() - idle_since < kLongSpin;
}

void RenderThread::Sleep() {
  ring_.SetAsleep(true);
  // Looked at again after saying so, or a call that was put in between would wait for ever.
  if (ring_.Empty() && !stop_) {
    std::vector<pollfd> fds = renderer_.poll_fds();
    fds.push_back({wake_fd_.Get(), POLLIN, 0});
    const timespec *timeout = nullptr;
    if (renderer_.running() && renderer_.fences().Pending()) {
      timeout = fds.size() > 1 ? &kFenceSafetyInterval : &kFencePollInterval;
    }
    ppoll(fds.data(), fds.size(), timeout, nullptr);
    uint64_t count;
    [[maybe_unused]] const ssize_t drained = read(wake_fd_.Get(), &count, sizeof count);
    fds.pop_back();
    for (const pollfd &fd : fds) {
      if (fd.revents != 0) {
        renderer_.Poll();
        break;
      }
    }
  }
  ring_.SetAsleep(false);
}

}  // namespace virgl
