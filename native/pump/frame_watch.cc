#include "frame_watch.h"

#include <algorithm>
#include <utility>

namespace virgl {

namespace {

bool Has(const std::vector<uint32_t> &ids, uint32_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

void Add(std::vector<uint32_t> &ids, uint32_t id) {
  if (!Has(ids, id)) ids.push_back(id);
}

// What comes again is the last then.
void AddLast(std::vector<uint32_t> &ids, uint32_t id) {
  const auto found = std::find(ids.begin(), ids.end(), id);
  if (found != ids.end()) ids.erase(found);
  ids.push_back(id);
}

// Reads words, and never past their end.
class Words {
 public:
  explicit Words(std::span<const uint32_t> words) : words_(words) {}
  uint32_t Next() {
    if (!good_ || at_ == words_.size()) good_ = false;
    return good_ ? words_[at_++] : 0;
  }
  std::vector<uint32_t> List(size_t words_of_each = 1) {
    const size_t count = Next() * words_of_each;
    if (!good_ || count > words_.size() - at_) {
      good_ = false;
      return {};
    }
    const auto list = words_.subspan(at_, count);
    at_ += count;
    return {list.begin(), list.end()};
  }
  bool AtEnd() const { return good_ && at_ == words_.size(); }

 private:
  const std::span<const uint32_t> words_;
  size_t at_ = 0;
  bool good_ = true;
};

void AppendList(std::vector<uint32_t> &words, const std::vector<uint32_t> &list) {
  words.push_back(static_cast<uint32_t>(list.size()));
  words.insert(words.end(), list.begin(), list.end());
}

}  // namespace

bool FrameWatch::Lend(std::span<const uint32_t> given) {
  Words words(given);
  sub_context_ = words.Next();
  clears_begin_frames_ = words.Next() != 0;
  has_drawn_ = words.Next() != 0;
  last_target_ = words.Next();
  targets_ = words.List();
  cleared_ = words.List();
  drawn_ = words.List();
  const auto surfaces = words.List(2);
  surfaces_.clear();
  for (size_t i = 0; i + 1 < surfaces.size(); i += 2) surfaces_.emplace(surfaces[i], surfaces[i + 1]);
  return words.AtEnd();
}

std::vector<uint32_t> FrameWatch::Return() const {
  std::vector<uint32_t> words = {has_drawn_, last_target_};
  AppendList(words, targets_);
  AppendList(words, cleared_);
  AppendList(words, drawn_);
  return words;
}

bool FrameWatch::Look(std::span<const uint32_t> commands) {
  next_.targets = targets_;
  next_.cleared.clear();
  next_.drawn.clear();
  while (!commands.empty()) {
    const size_t length = 1 + (commands.front() >> 16);
    // Where it goes wrong nobody could find the next command.
    if (length > commands.size()) return true;
    if (!Apply(commands.first(length))) return false;
    commands = commands.subspan(length);
  }
  return true;
}

bool FrameWatch::Apply(std::span<const uint32_t> command) {
  const uint32_t header = command.front();
  switch (rules_.kinds[header & 0xff]) {
    case FrameRules::kPlain:
      return true;
    case FrameRules::kDraws:
      Draw();
      return true;
    case FrameRules::kObject:
      return !rules_.watched_types[(header >> 8) & 0xff];
    case FrameRules::kClears:
      if (command.size() <= rules_.clear_place) return true;
      if ((command[rules_.clear_place] & rules_.colour_bits) == 0) return true;
      for (const uint32_t id : next_.targets) Add(next_.cleared, id);
      Draw();
      return true;
    case FrameRules::kTargets:
      return SetTargets(command);
    case FrameRules::kSubContext:
      return command.size() > rules_.sub_context_place && command[rules_.sub_context_place] == sub_context_;
    default:
      return false;
  }
}

bool FrameWatch::SetTargets(std::span<const uint32_t> command) {
  if (command.size() < rules_.first_target_place || rules_.target_count_place >= command.size()) return false;
  const auto handles = command.subspan(rules_.first_target_place);
  if (handles.size() != command[rules_.target_count_place]) return false;
  next_.targets.clear();
  for (const uint32_t handle : handles) {
    const auto surface = surfaces_.find(handle);
    if (surface != surfaces_.end() && surface->second != 0) next_.targets.push_back(surface->second);
  }
  return true;
}

void FrameWatch::Draw() {
  for (const uint32_t id : next_.targets) AddLast(next_.drawn, id);
}

bool FrameWatch::BeginsFrame() const {
  return clears_begin_frames_ && std::any_of(next_.cleared.begin(), next_.cleared.end(),
                                             [this](uint32_t id) { return Has(cleared_, id); });
}

void FrameWatch::EndFrame() {
  cleared_.clear();
  drawn_.clear();
  has_drawn_ = false;
}

void FrameWatch::Go() {
  targets_ = next_.targets;
  for (const uint32_t id : next_.cleared) Add(cleared_, id);
  for (const uint32_t id : next_.drawn) {
    Add(drawn_, id);
    has_drawn_ = true;
    last_target_ = id;
  }
}

}  // namespace virgl
