#include "pump_request.h"

#include <algorithm>

namespace virgl {

namespace {

constexpr size_t kWord = sizeof(uint32_t);
// Length of the tail in dwords, id.
constexpr size_t kHeaderWords = 2;

uint64_t TailBytes(const PumpRequest &request, uint32_t header_length) {
  switch (request.row->tail) {
    case PumpTail::kDwords:
      return static_cast<uint64_t>(header_length) * kWord;
    case PumpTail::kBytes:
      return request.Argument(request.row->slots.size() - 1);
    default:
      return 0;
  }
}

bool IsWithinBounds(const PumpRequest &request) {
  const auto &only = request.row->only;
  return std::all_of(only.begin(), only.end(), [&](const PumpRow::Condition &condition) {
    const uint32_t value = request.fixed[condition.slot];
    return value >= condition.least && value <= condition.most;
  });
}

}  // namespace

PumpFind FindRequest(const PumpTable &table, std::span<std::byte> received, bool has_context,
                     uint64_t max_bytes, PumpRequest &request) {
  if (received.size() < kHeaderWords * kWord) return PumpFind::kMissing;
  // Whole requests of whole words follow each other.
  auto *words = reinterpret_cast<uint32_t *>(received.data());
  request.id = words[1];
  request.row = table.Find(request.id);
  if (request.row == nullptr) return PumpFind::kUnhandled;
  const PumpRow &row = *request.row;
  if (row.needs_context && !has_context) return PumpFind::kUnhandled;
  // Where the tail's length is among the arguments, they have to be here first.
  const size_t fixed_bytes = (kHeaderWords + row.fixed_words) * kWord;
  if (row.tail == PumpTail::kBytes && received.size() < fixed_bytes) return PumpFind::kMissing;
  request.fixed = {words + kHeaderWords, row.fixed_words};
  const uint64_t tail_bytes = TailBytes(request, words[0]);
  const uint64_t total = fixed_bytes + tail_bytes;
  // Whatever follows starts on a whole word.
  if (total > max_bytes || tail_bytes % kWord != 0) return PumpFind::kUnhandled;
  if (total > received.size()) return PumpFind::kMissing;
  request.tail = {words + kHeaderWords + row.fixed_words, static_cast<size_t>(tail_bytes / kWord)};
  request.bytes = static_cast<size_t>(total);
  return IsWithinBounds(request) ? PumpFind::kWhole : PumpFind::kUnhandled;
}

}  // namespace virgl
