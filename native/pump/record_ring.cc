#include "record_ring.h"

#include <algorithm>
#include <bit>

namespace virgl {

namespace {

// The second word of an entry says how long its tail is.
constexpr size_t kTailPlace = 1;

}  // namespace

RecordRing::RecordRing(std::span<uint32_t> memory, const Layout &layout)
    : memory_(memory), layout_(layout), mask_(static_cast<uint32_t>(memory.size() - layout.data - 1)) {}

bool RecordRing::Valid(std::span<const uint32_t> memory, const Layout &layout) {
  const size_t last = std::max({layout.head, layout.tail, layout.state});
  return last < layout.data && layout.data < memory.size() &&
         std::has_single_bit(memory.size() - layout.data);
}

bool RecordRing::HasRoom(size_t words) {
  if (Word(layout_.state).load(std::memory_order_acquire) != layout_.writing) return false;
  const uint32_t waiting =
      Word(layout_.head).load(std::memory_order_relaxed) - Word(layout_.tail).load(std::memory_order_acquire);
  return words <= mask_ + 1 - static_cast<size_t>(waiting);
}

void RecordRing::Put(const RecordTemplate &record, std::span<const uint32_t> values,
                     std::span<const uint32_t> tail) {
  const uint32_t start = Word(layout_.head).load(std::memory_order_relaxed);
  uint32_t head = Append(start, record.words);
  const auto set = [&](uint32_t place, uint32_t value) {
    memory_[layout_.data + ((start + place) & mask_)] = value;
  };
  for (size_t i = 0; i < record.places.size(); ++i) set(record.places[i], values[i]);
  if (record.has_tail) {
    set(kTailPlace, record.words[kTailPlace] + static_cast<uint32_t>(tail.size_bytes()));
    head = Append(head, tail);
  }
  Word(layout_.head).store(head, std::memory_order_release);
}

uint32_t RecordRing::Append(uint32_t head, std::span<const uint32_t> words) {
  const size_t at = head & mask_;
  const auto first = words.first(std::min<size_t>(words.size(), mask_ + 1 - at));
  std::copy(first.begin(), first.end(), memory_.begin() + static_cast<std::ptrdiff_t>(layout_.data + at));
  const auto rest = words.subspan(first.size());
  std::copy(rest.begin(), rest.end(), memory_.begin() + static_cast<std::ptrdiff_t>(layout_.data));
  return head + static_cast<uint32_t>(words.size());
}

}  // namespace virgl
