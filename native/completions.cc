#include "completions.h"

#include <algorithm>
#include <cstring>

namespace virgl {

void Completions::Append(std::span<const uint32_t> head, std::span<const uint32_t> tail) {
  words_.push_back(static_cast<uint32_t>(1 + head.size() + tail.size()));
  words_.insert(words_.end(), head.begin(), head.end());
  words_.insert(words_.end(), tail.begin(), tail.end());
  open_run_ = kNoRun;
  if (!notified_) {
    notified_ = true;
    notify_();
  }
}

void Completions::Succeeded() {
  std::lock_guard lock(mutex_);
  if (open_run_ != kNoRun) {
    ++words_[open_run_];
    return;
  }
  const uint32_t record[] = {kSucceeded, 1};
  Append(record);
  open_run_ = words_.size() - 1;
}

void Completions::Replied(uint32_t status, std::span<const uint32_t> result) {
  std::lock_guard lock(mutex_);
  const uint32_t record[] = {kReplied, status};
  Append(record, result);
}

void Completions::Fence(uint32_t fence_id) {
  std::lock_guard lock(mutex_);
  const uint32_t record[] = {kFence, fence_id};
  Append(record);
}

void Completions::ContextFence(uint32_t context_id, uint32_t ring, uint64_t fence_id) {
  std::lock_guard lock(mutex_);
  const uint32_t record[] = {kContextFence, context_id, ring, static_cast<uint32_t>(fence_id),
                             static_cast<uint32_t>(fence_id >> 32)};
  Append(record);
}

void Completions::Log(uint32_t level, std::string_view text) {
  std::lock_guard lock(mutex_);
  do {
    const std::string_view piece = text.substr(0, kMaxLogBytes);
    text.remove_prefix(piece.size());
    std::vector<uint32_t> padded((piece.size() + 3) / 4);
    if (!piece.empty()) std::memcpy(padded.data(), piece.data(), piece.size());
    const uint32_t record[] = {kLog, level, static_cast<uint32_t>(piece.size())};
    Append(record, padded);
  } while (!text.empty());
}

bool Completions::Empty() {
  const std::lock_guard lock(mutex_);
  return drained_ == words_.size();
}

void Completions::Discard() {
  const std::lock_guard lock(mutex_);
  words_.clear();
  drained_ = 0;
  open_run_ = kNoRun;
}

size_t Completions::Drain(std::span<uint32_t> out) {
  std::lock_guard lock(mutex_);
  const size_t begin = drained_;
  while (drained_ < words_.size() && drained_ - begin + words_[drained_] <= out.size()) {
    drained_ += words_[drained_];
  }
  const size_t used = drained_ - begin;
  std::copy_n(words_.begin() + static_cast<ptrdiff_t>(begin), used, out.begin());
  if (drained_ == words_.size()) {
    words_.clear();
    drained_ = 0;
    open_run_ = kNoRun;
  }
  if (used == 0) notified_ = false;
  return used;
}

}  // namespace virgl
