// Where frames begin, in streams that do little else than clear and draw: what a recorder has to know of
// them. Whatever else a stream does is for JavaScript, which keeps the whole picture and lends a part of it;
// of what commands mean, native code knows what it is told by rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace virgl {

// How commands are looked at. A command is a header {bits 0-7 opcode, 8-15 type of object, 16-31 dwords that
// follow}, then these dwords; places count from the header.
struct FrameRules {
  enum Kind : uint8_t {
    kPlain = 0,
    kDraws = 1,
    // Only JavaScript knows.
    kForOthers = 2,
    // For others if it is of one of the watched types.
    kObject = 3,
    kClears = 4,
    // Says what is drawn to from now on, by surfaces.
    kTargets = 5,
    // Says to which sub-context what follows belongs: for others if that is another one.
    kSubContext = 6,
  };

  std::array<uint8_t, 256> kinds = {};
  std::array<bool, 256> watched_types = {};
  // What a clear clears, and the bits that stand for colours.
  size_t clear_place = 0;
  uint32_t colour_bits = 0;
  // How many surfaces there are, and the first of them.
  size_t target_count_place = 0;
  size_t first_target_place = 0;
  size_t sub_context_place = 0;
};

class FrameWatch {
 public:
  explicit FrameWatch(FrameRules rules) : rules_(rules) {}

  // The part that is lent, in words: {sub-context, whether clears begin frames}, then what may change:
  // {whether something was drawn since the last frame ended, what was drawn to last} and counts and entries
  // of what is drawn to now, what was cleared in this frame, and what was drawn to in it (the last one last);
  // then, so counted, surfaces {handle, resource or 0}. False if it is not that.
  bool Lend(std::span<const uint32_t> words);
  // What may have changed.
  std::vector<uint32_t> Return() const;

  // Looks at a stream that is about to be run; false if it is for others. What it does counts from Go on.
  bool Look(std::span<const uint32_t> commands);
  // Whether the stream begins another frame.
  bool BeginsFrame() const;
  void EndFrame();
  void Go();

 private:
  struct Effects {
    std::vector<uint32_t> targets;
    std::vector<uint32_t> cleared;
    std::vector<uint32_t> drawn;
  };

  bool Apply(std::span<const uint32_t> command);
  bool SetTargets(std::span<const uint32_t> command);
  void Draw();

  const FrameRules rules_;
  uint32_t sub_context_ = 0;
  bool has_drawn_ = false;
  uint32_t last_target_ = 0;
  bool clears_begin_frames_ = false;
  std::vector<uint32_t> targets_;
  std::vector<uint32_t> cleared_;
  std::vector<uint32_t> drawn_;
  std::unordered_map<uint32_t, uint32_t> surfaces_;
  // Of the stream that was looked at last.
  Effects next_;
};

}  // namespace virgl
