// Waiting on the calling thread for descriptors, until a moment.
#pragma once

#include <poll.h>

#include <chrono>
#include <optional>
#include <span>

namespace virgl {

// A moment until which to wait; none is for ever.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// A negative number of milliseconds is for ever.
Deadline DeadlineIn(double wait_ms);

// 1 when one of them became ready in time, 0 when none did, a negative errno on failure.
int PollUntil(std::span<pollfd> fds, const Deadline &until);

}  // namespace virgl
