// Reading a call's arguments from 32-bit words and writing its results into them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace virgl {

// Reads past the end yield zeroes and are remembered: Ok() tells.
class CallArguments {
 public:
  explicit CallArguments(std::span<uint32_t> words) : words_(words) {}

  uint32_t U32() { return Take(1) ? words_[at_ - 1] : 0; }
  int32_t I32() { return static_cast<int32_t>(U32()); }
  uint64_t U64() {
    const uint64_t low = U32();
    return low | static_cast<uint64_t>(U32()) << 32;
  }
  // A length in words, then that many.
  std::span<uint32_t> Words() {
    const uint32_t count = U32();
    return Take(count) ? words_.subspan(at_ - count, count) : std::span<uint32_t>();
  }
  // A length in bytes, then the text padded to a word.
  std::string_view Text() {
    const uint32_t length = U32();
    const uint32_t count = length / 4 + (length % 4 != 0);
    if (!Take(count)) return {};
    return {reinterpret_cast<const char *>(words_.data() + at_ - count), length};
  }
  bool Ok() const { return ok_; }
  size_t Left() const { return words_.size() - at_; }

 private:
  bool Take(size_t count) {
    ok_ = ok_ && count <= words_.size() - at_;
    if (ok_) at_ += count;
    return ok_;
  }

  std::span<uint32_t> words_;
  size_t at_ = 0;
  bool ok_ = true;
};

class CallResult {
 public:
  void Clear() { words_.clear(); }
  void U32(uint32_t value) { words_.push_back(value); }
  void I32(int32_t value) { words_.push_back(static_cast<uint32_t>(value)); }
  void U64(uint64_t value) {
    U32(static_cast<uint32_t>(value));
    U32(static_cast<uint32_t>(value >> 32));
  }
  std::span<const uint32_t> words() const { return words_; }

 private:
  std::vector<uint32_t> words_;
};

}  // namespace virgl
