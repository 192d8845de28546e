// Which fences are still pending, so that the render thread knows whether polling has a purpose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace virgl {

// Thread-safe: fences retire on virglrenderer's own threads with ASYNC_FENCE_CB.
class FenceTimelines {
 public:
  // A context id and a ring. Context 0 has no rings of its own: it stands for the global timeline of legacy
  // fences.
  using Timeline = std::pair<uint32_t, uint32_t>;
  static constexpr Timeline kLegacy = {0, 0};

  // Called before the fence is created, because it may retire at once on another thread.
  void Add(Timeline timeline, uint64_t fence_id) {
    std::lock_guard lock(mutex_);
    pending_[timeline].push_back(fence_id);
  }

  // The fence was refused after all.
  void Cancel(Timeline timeline, uint64_t fence_id) {
    std::lock_guard lock(mutex_);
    auto &fences = pending_[timeline];
    fences.erase(std::remove(fences.begin(), fences.end(), fence_id), fences.end());
    if (fences.empty()) pending_.erase(timeline);
  }

  // Fences may merge: the report of one retires every older one of its timeline.
  void Retire(Timeline timeline, uint64_t fence_id) {
    std::lock_guard lock(mutex_);
    const auto found = pending_.find(timeline);
    if (found == pending_.end()) return;
    auto &fences = found->second;
    const auto newest = std::find(fences.begin(), fences.end(), fence_id);
    if (newest != fences.end()) fences.erase(fences.begin(), newest + 1);
    if (fences.empty()) pending_.erase(found);
  }

  void DropContext(uint32_t context_id) {
    std::lock_guard lock(mutex_);
    std::erase_if(pending_, [=](const auto &entry) { return entry.first.first == context_id; });
  }

  void Clear() {
    std::lock_guard lock(mutex_);
    pending_.clear();
  }

  bool Pending() {
    std::lock_guard lock(mutex_);
    return !pending_.empty();
  }

 private:
  std::mutex mutex_;
  std::map<Timeline, std::deque<uint64_t>> pending_;
};

}  // namespace virgl
