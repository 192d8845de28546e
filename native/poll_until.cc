#include "poll_until.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace virgl {

using Clock = std::chrono::steady_clock;

Deadline DeadlineIn(double wait_ms) {
  if (wait_ms < 0) return std::nullopt;
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(wait_ms));
}

int PollUntil(std::span<pollfd> fds, const Deadline &until) {
  for (;;) {
    timespec left = {};
    if (until) {
      const auto duration = std::max(*until - Clock::now(), Clock::duration::zero());
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
      left.tv_sec = seconds.count();
      left.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(duration - seconds).count();
    }
    const int ready = ppoll(fds.data(), fds.size(), until ? &left : nullptr, nullptr);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace virgl
