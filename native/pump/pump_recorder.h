// Keeps a trace of what a pump does, as a recorder around the host would: each call is in the trace before it
// runs. What records look like comes from JavaScript (record_ring.h), as does what has to be known of
// streams (frame_watch.h); what needs more than that is not for the pump.
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "../virglrenderer_abi.h"
#include "frame_watch.h"
#include "record_ring.h"

namespace virgl {

// With the values that each has.
struct PumpRecords {
  // {microseconds since the trace began, low and high}
  RecordTemplate time;
  RecordTemplate frame;
  // {context}, and the stream
  RecordTemplate submit;
  RecordTemplate fence;
  // {call}
  RecordTemplate fence_reached;
  // {id, bytes}
  RecordTemplate memory;
  // {id}
  RecordTemplate memory_end;
  // {the members of virgl_renderer_resource_create_args up to nr_samples, memory, bytes}
  RecordTemplate create;
  // {context, resource}
  RecordTemplate attach;
  // {resource}
  RecordTemplate unref;
};

class PumpRecorder {
 public:
  // Shared with JavaScript, which records whatever the pump does not (lib/host/pump-recorder.ts): calls and
  // frames so far, the number of the next memory, when a time was recorded last, and from when on JavaScript
  // wants to see how a frame begins.
  enum State : size_t { kCalls, kFrames, kNextMemory, kTimeMs, kQuietUntilMs, kStatePlaces };

  // `state` must stay valid as long as this object. Times count from `begin_ms` of the monotonic clock.
  PumpRecorder(RecordRing ring, PumpRecords records, FrameRules rules, std::span<double> state,
               double begin_ms);

  FrameWatch &watch() { return watch_; }

  // Whether a request with so many words can be recorded at once.
  bool HasRoom(size_t words);
  // A stream that is run next. False if it is not for the pump; then nothing was recorded.
  bool Submit(uint32_t context_id, std::span<const uint32_t> commands);
  // A fence that is made next.
  void Fence(uint32_t fence);
  // One that is recorded already, as this call.
  void FenceOf(uint32_t call, uint32_t fence) { fences_.push_back({call, fence}); }
  // Fences up to this one are reached.
  void Reached(uint32_t fence);
  // Returns how the trace names the memory.
  uint32_t Created(const abi::ResourceCreateArgs &args, size_t shared_bytes, uint32_t context_id);
  void Drop(uint32_t id, uint32_t memory);

 private:
  struct FenceCall {
    uint32_t call;
    uint32_t fence;
  };

  double NowMs() const;
  uint32_t Count(State what);
  void PutCall(const RecordTemplate &record, std::span<const uint32_t> values,
               std::span<const uint32_t> tail = {});

  RecordRing ring_;
  const PumpRecords records_;
  FrameWatch watch_;
  const std::span<double> state_;
  const double begin_ms_;
  // Not reached, the oldest first.
  std::deque<FenceCall> fences_;
};

}  // namespace virgl
