// What a pump is at, in memory that is shared with who watches it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../memory.h"

namespace virgl {

class PumpProgress {
 public:
  // {id of the request that is being run or 0, requests begun, id of the last}
  explicit PumpProgress(std::shared_ptr<Mapping> memory) : memory_(std::move(memory)) {}

  void Begin(uint32_t id) {
    At(kCurrent).store(id, std::memory_order_relaxed);
    At(kLast).store(id, std::memory_order_relaxed);
    At(kCount).fetch_add(1, std::memory_order_relaxed);
  }

  // Somebody else will begin it once more.
  void Unbegin() {
    At(kCount).fetch_sub(1, std::memory_order_relaxed);
    End();
  }

  void End() { At(kCurrent).store(0, std::memory_order_relaxed); }

 private:
  static constexpr size_t kCurrent = 0;
  static constexpr size_t kCount = 1;
  static constexpr size_t kLast = 2;

  std::atomic_ref<uint32_t> At(size_t place) {
    return std::atomic_ref(reinterpret_cast<uint32_t *>(memory_->bytes().data())[place]);
  }

  const std::shared_ptr<Mapping> memory_;
};

}  // namespace virgl
