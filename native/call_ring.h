// The queue from JavaScript to the render thread: a ring of 32-bit words in memory that both sides see, so
// that a call costs a few stores and no crossing into native code. One producer (the script), one consumer
// (whoever runs the calls). lib/host/call-ring.ts is the other end.
//
//   word 0 head    written by the producer: words put so far, modulo 2^32
//   word 16 tail   written by the consumer: words taken so far
//   word 32 asleep 1 while the consumer sleeps and wants to be woken
//   word 40 answers 1 when completions wait to be read; the producer clears it
//   word 48 watching 1 while the producer looks at word 40 by itself
//   word 64 …      a power of two of data words
//   entry: its length in words, the call's number, arguments. Length 0: go on at the start of the data.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

namespace virgl {

class CallRing {
 public:
  static constexpr size_t kHeadWord = 0;
  static constexpr size_t kTailWord = 16;
  static constexpr size_t kAsleepWord = 32;
  static constexpr size_t kAnswersWord = 40;
  static constexpr size_t kWatchingWord = 48;
  static constexpr size_t kDataWord = 64;

  // `words` must stay valid as long as this object; its size must be kDataWord plus a power of two.
  explicit CallRing(std::span<uint32_t> words)
      : words_(words), mask_(static_cast<uint32_t>(words.size() - kDataWord - 1)) {}

  static bool ValidSize(size_t words) {
    if (words <= kDataWord) return false;
    const size_t data = words - kDataWord;
    return data >= 1024 && data <= (1u << 30) && (data & (data - 1)) == 0;
  }

  bool Empty() { return Word(kHeadWord).load(std::memory_order_seq_cst) == tail_; }

  // The next entry (call number, then arguments), or nothing. It stays in place until Pop.
  std::span<uint32_t> Front() {
    if (head_ == tail_) head_ = Word(kHeadWord).load(std::memory_order_acquire);
    if (head_ == tail_) return {};
    uint32_t at = tail_ & mask_;
    if (words_[kDataWord + at] == 0) {
      tail_ += mask_ + 1 - at;
      at = 0;
    }
    const uint32_t length = words_[kDataWord + at];
    // A length that leaves the ring means that the two ends disagree: nothing that follows could be trusted.
    if (length < 2 || length > mask_ + 1 - at) {
      corrupt_ = true;
      return {};
    }
    return words_.subspan(kDataWord + at + 1, length - 1);
  }

  void Pop(std::span<uint32_t> entry) {
    tail_ += static_cast<uint32_t>(entry.size()) + 1;
    // The producer learns of it in steps, because each costs it a cache miss. A step is half of the largest
    // entry, so that there is room for one more entry of any size when the ring is empty.
    if (tail_ - published_tail_ <= mask_ / 8) return;
    published_tail_ = tail_;
    Word(kTailWord).store(tail_, std::memory_order_release);
  }

  // Tells the producer that there are answers. Returns whether it has to be told in another way too, because
  // it does not look at the ring now. Any thread.
  bool AnnounceAnswers() {
    Word(kAnswersWord).store(1, std::memory_order_seq_cst);
    return Word(kWatchingWord).load(std::memory_order_seq_cst) == 0;
  }

  bool AnswersWaiting() { return Word(kAnswersWord).load(std::memory_order_relaxed) != 0; }

  void SetAsleep(bool asleep) { Word(kAsleepWord).store(asleep ? 1 : 0, std::memory_order_seq_cst); }
  bool corrupt() const { return corrupt_; }

 private:
  std::atomic_ref<uint32_t> Word(size_t index) { return std::atomic_ref<uint32_t>(words_[index]); }

  std::span<uint32_t> words_;
  uint32_t mask_;
  uint32_t head_ = 0;  // what was seen of the producer's
  uint32_t tail_ = 0;
  uint32_t published_tail_ = 0;
  bool corrupt_ = false;
};

}  // namespace virgl
