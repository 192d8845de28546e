// What the render thread (and virglrenderer's own threads) report to JavaScript: records of 32-bit words, in
// order.
//   record: length of the record in words, kind, then
//   kSucceeded     count of calls, one after the other, that succeeded with nothing to say
//   kReplied       status (0 or a positive errno), result words
//   kFence         fence id (every legacy fence up to and including it)
//   kContextFence  context, ring, fence id low, high
//   kLog           level, length in bytes, text padded to a word. Belongs to the next call that is answered.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace virgl {

class Completions {
 public:
  enum Kind : uint32_t { kSucceeded = 0, kReplied = 1, kFence = 2, kContextFence = 3, kLog = 4 };

  // `notify` is called, on the thread that reports, when there is something to drain after there was nothing.
  explicit Completions(std::function<void()> notify) : notify_(std::move(notify)) {}

  void Succeeded();
  void Replied(uint32_t status, std::span<const uint32_t> result);
  void Fence(uint32_t fence_id);
  void ContextFence(uint32_t context_id, uint32_t ring, uint64_t fence_id);
  void Log(uint32_t level, std::string_view text);

  // Whether nothing waits to be drained.
  bool Empty();
  // Forgets what waits to be drained.
  void Discard();

  // Moves whole records into `out` and returns the words used. 0 means empty, and that the next report
  // notifies.
  size_t Drain(std::span<uint32_t> out);

  // Longest log text in one record; longer ones are split.
  static constexpr size_t kMaxLogBytes = 32 * 1024;

 private:
  void Append(std::span<const uint32_t> head, std::span<const uint32_t> tail = {});

  std::mutex mutex_;
  std::vector<uint32_t> words_;
  size_t drained_ = 0;
  // Index in words_ of the count of the newest kSucceeded record, if that is the newest record of all.
  size_t open_run_ = kNoRun;
  bool notified_ = false;
  std::function<void()> notify_;

  static constexpr size_t kNoRun = static_cast<size_t>(-1);
};

}  // namespace virgl
