// The way of records to the thread that writes them to a file; lib/trace/format/record-ring.ts has both ends
// of it, and knows what records are. Here they come as templates: whole entries of the ring, in which some
// words are filled in.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace virgl {

struct RecordTemplate {
  std::vector<uint32_t> words;
  // Where values go, in their order.
  std::vector<uint32_t> places;
  // A tail follows, whose length in bytes is added to the second word.
  bool has_tail = false;
};

class RecordRing {
 public:
  // Places in the memory: words put so far, words taken so far, how the writer is, and the data, a power of
  // two of words.
  struct Layout {
    size_t head;
    size_t tail;
    size_t state;
    size_t data;
    // The state of a writer that takes records.
    uint32_t writing;
  };

  // `memory` must stay valid as long as this object. Only one end makes records at a time.
  RecordRing(std::span<uint32_t> memory, const Layout &layout);

  static bool Valid(std::span<const uint32_t> memory, const Layout &layout);

  // Whether so many words can be put at once.
  bool HasRoom(size_t words);
  // There must be room, and a value for each place. The writer looks by itself.
  void Put(const RecordTemplate &record, std::span<const uint32_t> values,
           std::span<const uint32_t> tail = {});

 private:
  std::atomic_ref<uint32_t> Word(size_t place) { return std::atomic_ref(memory_[place]); }
  // Returns the head behind them.
  uint32_t Append(uint32_t head, std::span<const uint32_t> words);

  const std::span<uint32_t> memory_;
  const Layout layout_;
  const uint32_t mask_;
};

}  // namespace virgl
