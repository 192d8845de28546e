#include "pump_table.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "read_numbers.h"

namespace virgl {

namespace {

struct ActionKind {
  std::string_view name;
  PumpAction action;
  size_t arguments;
};

constexpr std::array<ActionKind, 9> kActions = {{
    {"answer", PumpAction::kAnswer, 0},
    {"submit", PumpAction::kSubmit, 0},
    {"create", PumpAction::kCreate, 11},
    {"drop", PumpAction::kDrop, 1},
    {"upload", PumpAction::kUpload, 9},
    {"download", PumpAction::kDownload, 9},
    {"put", PumpAction::kPut, 11},
    {"get", PumpAction::kGet, 11},
    {"settle", PumpAction::kSettle, 1},
}};

PumpTail TailOf(std::string_view name) {
  if (name == "dwords") return PumpTail::kDwords;
  return name == "bytes" ? PumpTail::kBytes : PumpTail::kNone;
}

std::optional<PumpRow> ReadRow(const Napi::Object &object) {
  const std::string name = object.Get("action").As<Napi::String>().Utf8Value();
  const auto kind = std::find_if(kActions.begin(), kActions.end(),
                                 [&name](const ActionKind &action) { return action.name == name; });
  if (kind == kActions.end()) return std::nullopt;
  PumpRow row = {};
  row.action = kind->action;
  row.fixed_words = ReadNumber(object.Get("fixedWords"));
  row.tail = TailOf(object.Get("tail").As<Napi::String>().Utf8Value());
  row.needs_context = object.Get("needsContext").ToBoolean().Value();
  row.slots = ReadNumbers(object.Get("slots"));
  row.answer = ReadNumbers(object.Get("answer"));
  const auto only = ReadNumbers(object.Get("only"));
  for (size_t i = 0; i + 2 < only.size(); i += 3) row.only.push_back({only[i], only[i + 1], only[i + 2]});
  const auto inside = [&row](uint32_t slot) { return slot < row.fixed_words; };
  const bool has_length = row.tail != PumpTail::kBytes || !row.slots.empty();
  const bool valid =
      has_length && row.slots.size() == kind->arguments &&
      std::all_of(row.slots.begin(), row.slots.end(), inside) &&
      std::all_of(row.only.begin(), row.only.end(), [&](const auto &each) { return inside(each.slot); });
  return valid ? std::optional(std::move(row)) : std::nullopt;
}

}  // namespace

PumpTable PumpTable::Read(const Napi::Array &rows) {
  PumpTable table;
  for (uint32_t i = 0; i < rows.Length(); ++i) {
    const auto object = rows.Get(i).As<Napi::Object>();
    if (auto row = ReadRow(object)) table.rows_.emplace(ReadNumber(object.Get("id")), std::move(*row));
  }
  return table;
}

}  // namespace virgl
