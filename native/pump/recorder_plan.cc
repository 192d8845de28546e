#include "recorder_plan.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "read_numbers.h"

namespace virgl {

namespace {

struct RecordKind {
  const char *name;
  RecordTemplate PumpRecords::*record;
  size_t values;
};

constexpr std::array<RecordKind, 10> kRecords = {{
    {"time", &PumpRecords::time, 2},
    {"frame", &PumpRecords::frame, 0},
    {"submit", &PumpRecords::submit, 1},
    {"fence", &PumpRecords::fence, 0},
    {"fenceReached", &PumpRecords::fence_reached, 1},
    {"memory", &PumpRecords::memory, 2},
    {"memoryEnd", &PumpRecords::memory_end, 1},
    {"create", &PumpRecords::create, 12},
    {"attach", &PumpRecords::attach, 2},
    {"unref", &PumpRecords::unref, 1},
}};

// Every entry says how long its parts are.
constexpr size_t kLeastWords = 2;

bool ReadRecords(const Napi::Object &given, PumpRecords &records) {
  return std::all_of(kRecords.begin(), kRecords.end(), [&](const RecordKind &kind) {
    const auto object = given.Get(kind.name).ToObject();
    RecordTemplate &record = records.*kind.record;
    record.words = ReadNumbers(object.Get("words"));
    record.places = ReadNumbers(object.Get("places"));
    record.has_tail = object.Get("hasTail").ToBoolean().Value();
    const auto inside = [&record](uint32_t place) { return place < record.words.size(); };
    return record.words.size() >= kLeastWords && record.places.size() == kind.values &&
           std::all_of(record.places.begin(), record.places.end(), inside);
  });
}

FrameRules ReadRules(const Napi::Object &given) {
  FrameRules rules;
  const auto kinds = ReadNumbers(given.Get("kinds"));
  for (size_t i = 0; i < std::min(kinds.size(), rules.kinds.size()); ++i)
    rules.kinds[i] = static_cast<uint8_t>(kinds[i]);
  for (const uint32_t type : ReadNumbers(given.Get("watchedTypes")))
    if (type < rules.watched_types.size()) rules.watched_types[type] = true;
  rules.clear_place = ReadNumber(given.Get("clearPlace"));
  rules.colour_bits = ReadNumber(given.Get("colourBits"));
  rules.target_count_place = ReadNumber(given.Get("targetCountPlace"));
  rules.first_target_place = ReadNumber(given.Get("firstTargetPlace"));
  rules.sub_context_place = ReadNumber(given.Get("subContextPlace"));
  return rules;
}

RecordRing::Layout ReadLayout(const Napi::Object &given) {
  return {ReadNumber(given.Get("head")), ReadNumber(given.Get("tail")), ReadNumber(given.Get("state")),
          ReadNumber(given.Get("data")), ReadNumber(given.Get("writing"))};
}

}  // namespace

std::unique_ptr<PumpRecorder> ReadRecorder(const Napi::Object &plan) {
  auto ring = plan.Get("ring").As<Napi::Uint32Array>();
  auto state = plan.Get("state").As<Napi::Float64Array>();
  const std::span memory(ring.Data(), ring.ElementLength());
  const auto layout = ReadLayout(plan.Get("layout").ToObject());
  PumpRecords records;
  if (!RecordRing::Valid(memory, layout) || state.ElementLength() < PumpRecorder::kStatePlaces ||
      !ReadRecords(plan.Get("records").ToObject(), records))
    return nullptr;
  return std::make_unique<PumpRecorder>(
      RecordRing(memory, layout), std::move(records), ReadRules(plan.Get("rules").ToObject()),
      std::span(state.Data(), state.ElementLength()), plan.Get("beginMs").ToNumber().DoubleValue());
}

}  // namespace virgl
