// What requests ask for, as data: JavaScript describes the kinds of requests that the pump runs by itself. Of
// what they mean, and of all other kinds, native code knows nothing.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace virgl {

// What a request does. Its arguments are dwords of the request, where the row says.
enum class PumpAction : uint32_t {
  kAnswer,    // Nothing but the answer.
  kSubmit,    // Submits the request's tail, then owes a fence.
  kCreate,    // Makes a buffer, attaches it, and shares memory with the client. {id, the members of
              // virgl_renderer_resource_create_args that follow the handle up to nr_samples, bytes to share}
  kDrop,      // Ends a buffer that kCreate made. {id}
  kUpload,    // Copies from a resource's backing into it. {id, level, box, offset}
  kDownload,  // The other way round.
  kPut,       // Copies the request's tail into a resource. {id, level, stride, layer stride, box, bytes}
  kGet,       // Answers with bytes of a resource. The same.
  kSettle,    // Answers whether anything that was submitted is not done. {bit 0: wait until all is}
};

// What follows the dwords that every request of a kind has.
enum class PumpTail : uint32_t {
  kNone,
  // As many dwords as the header says.
  kDwords,
  // As many bytes as the last argument says.
  kBytes,
};

struct PumpRow {
  struct Condition {
    uint32_t slot;
    uint32_t least;
    uint32_t most;
  };

  PumpAction action;
  // Dwords that every request of this kind has after its header {length of the tail in dwords, id}.
  uint32_t fixed_words;
  PumpTail tail;
  // Not before there is a context.
  bool needs_context;
  // Where the action's arguments are among them.
  std::vector<uint32_t> slots;
  // Requests with values outside of these bounds are not for the pump.
  std::vector<Condition> only;
  // Dwords of the answer, in front of what the action tells.
  std::vector<uint32_t> answer;
};

class PumpTable {
 public:
  // [{id, action, fixedWords, tail, needsContext, slots, only: [slot, least, most, …], answer}]. Rows that
  // would look past their requests are left out.
  static PumpTable Read(const Napi::Array &rows);

  // Null for an id that is not for the pump.
  const PumpRow *Find(uint32_t id) const {
    const auto found = rows_.find(id);
    return found == rows_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<uint32_t, PumpRow> rows_;
};

}  // namespace virgl
