#include "pump_recorder.h"

#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace virgl {

namespace {

constexpr double kTimeStepMs = 1;
constexpr double kMicrosecondsPerMs = 1000;
// More than all records of one request have without the stream and the fences that are reached with it.
constexpr size_t kMostWords = 256;
constexpr size_t kWordsOfReached = 16;

}  // namespace

PumpRecorder::PumpRecorder(RecordRing ring, PumpRecords records, FrameRules rules, std::span<double> state,
                           double begin_ms)
    : ring_(ring), records_(std::move(records)), watch_(rules), state_(state), begin_ms_(begin_ms) {}

bool PumpRecorder::HasRoom(size_t words) {
  return ring_.HasRoom(words + kMostWords + kWordsOfReached * fences_.size());
}

bool PumpRecorder::Submit(uint32_t context_id, std::span<const uint32_t> commands) {
  if (!watch_.Look(commands)) return false;
  if (watch_.BeginsFrame()) {
    if (NowMs() >= state_[kQuietUntilMs]) return false;
    ring_.Put(records_.frame, {});
    Count(kFrames);
    watch_.EndFrame();
  }
  watch_.Go();
  PutCall(records_.submit, std::array{context_id}, commands);
  return true;
}

void PumpRecorder::Fence(uint32_t fence) {
  FenceOf(static_cast<uint32_t>(state_[kCalls]), fence);
  PutCall(records_.fence, {});
}

void PumpRecorder::Reached(uint32_t fence) {
  // Numbers of fences start again from 1 some day.
  const auto is_reached = [fence](const FenceCall &each) {
    return static_cast<int32_t>(fence - each.fence) >= 0;
  };
  while (!fences_.empty() && is_reached(fences_.front()) && ring_.HasRoom(kWordsOfReached)) {
    ring_.Put(records_.fence_reached, std::array{fences_.front().call});
    fences_.pop_front();
  }
}

uint32_t PumpRecorder::Created(const abi::ResourceCreateArgs &args, size_t shared_bytes,
                               uint32_t context_id) {
  const uint32_t memory = Count(kNextMemory);
  const auto bytes = static_cast<uint32_t>(shared_bytes);
  ring_.Put(records_.memory, std::array{memory, bytes});
  PutCall(records_.create,
          std::array{args.handle, args.target, args.format, args.bind, args.width, args.height, args.depth,
                     args.array_size, args.last_level, args.nr_samples, memory, bytes});
  PutCall(records_.attach, std::array{context_id, args.handle});
  return memory;
}

void PumpRecorder::Drop(uint32_t id, uint32_t memory) {
  PutCall(records_.unref, std::array{id});
  ring_.Put(records_.memory_end, std::array{memory});
}

double PumpRecorder::NowMs() const {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  return Milliseconds(std::chrono::steady_clock::now().time_since_epoch()).count() - begin_ms_;
}

// Counts one more; returns how many there were.
uint32_t PumpRecorder::Count(State what) {
  const auto before = static_cast<uint32_t>(state_[what]);
  state_[what] += 1;
  return before;
}

void PumpRecorder::PutCall(const RecordTemplate &record, std::span<const uint32_t> values,
                           std::span<const uint32_t> tail) {
  const double now = NowMs();
  if (now - state_[kTimeMs] >= kTimeStepMs) {
    state_[kTimeMs] = now;
    const auto microseconds = static_cast<uint64_t>(std::llround(now * kMicrosecondsPerMs));
    ring_.Put(records_.time,
              std::array{static_cast<uint32_t>(microseconds), static_cast<uint32_t>(microseconds >> 32)});
  }
  ring_.Put(record, values, tail);
  Count(kCalls);
}

}  // namespace virgl
