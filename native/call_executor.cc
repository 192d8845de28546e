#include "call_executor.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "calls.h"

namespace virgl {

namespace {

using std::chrono::microseconds;

// Without THREAD_SYNC nothing tells when a fence is ready, so that it must be asked for.
constexpr microseconds kFencePollInterval{100};
// With THREAD_SYNC a descriptor tells; this is only the net below it.
constexpr microseconds kFenceSafetyInterval{10'000};

// In a call's number: its only argument is the token of a parcel that holds the real ones (too long for the
// ring).
constexpr uint32_t kArgumentsInParcel = 1u << 16;

// Errnos come with either sign, and -1 where a function only says that it failed.
uint32_t ErrnoOf(int status) { return status == -1 ? EINVAL : static_cast<uint32_t>(std::abs(status)); }

timespec TimespecOf(microseconds time) {
  return {static_cast<time_t>(time.count() / 1'000'000), static_cast<long>(time.count() % 1'000'000 * 1000)};
}

}  // namespace

bool CallExecutor::RunQuietly(uint32_t number, std::span<uint32_t> words) {
  return RanQuietly(RunCall(number, words));
}

bool CallExecutor::RanQuietly(int status) {
  if (status == 0 && result_.words().empty() && completions_.Empty()) return true;
  Answer(status);
  return false;
}

int CallExecutor::RunCall(uint32_t number, std::span<uint32_t> words) {
  if ((number & kArgumentsInParcel) == 0) return RunWith(number, words);
  Parcel parcel = renderer_.parcels().Take(words.empty() ? 0 : words.front());
  auto *arguments = std::get_if<std::vector<uint32_t>>(&parcel);
  return RunWith(number & ~kArgumentsInParcel,
                 arguments == nullptr ? std::span<uint32_t>() : std::span<uint32_t>(*arguments));
}

int CallExecutor::RunWith(uint32_t number, std::span<uint32_t> words) {
  const auto calls = Calls();
  CallArguments arguments(words);
  if (number >= calls.size()) {
    result_.Clear();
    return ENOSYS;
  }
  return Guard([&] { return calls[number].run(renderer_, arguments, result_); });
}

void CallExecutor::Answer(int status) {
  if (status == 0 && result_.words().empty()) {
    completions_.Succeeded();
  } else {
    completions_.Replied(ErrnoOf(status), result_.words());
  }
}

void CallExecutor::Sleep(int also, microseconds limit) {
  std::vector<pollfd> fds = renderer_.poll_fds();
  const size_t fence_fds = fds.size();
  if (also >= 0) fds.push_back({also, POLLIN, 0});
  if (FencesPending()) limit = std::min(limit, fence_fds > 0 ? kFenceSafetyInterval : kFencePollInterval);
  const timespec timeout = TimespecOf(limit);
  ppoll(fds.data(), fds.size(), limit == microseconds::max() ? nullptr : &timeout, nullptr);
  const bool told = std::any_of(fds.begin(), fds.begin() + static_cast<std::ptrdiff_t>(fence_fds),
                                [](const pollfd &fd) { return fd.revents != 0; });
  if (told) renderer_.Poll();
}

}  // namespace virgl
