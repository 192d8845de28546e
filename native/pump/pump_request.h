// A request as it lies among what was received, found by the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pump_table.h"

namespace virgl {

enum class PumpFind {
  kWhole,
  // More of it has to be received.
  kMissing,
  // It is not for the pump.
  kUnhandled,
};

struct PumpRequest {
  const PumpRow *row;
  uint32_t id;
  std::span<const uint32_t> fixed;
  std::span<uint32_t> tail;
  // All of it, with its header.
  size_t bytes;

  uint32_t Argument(size_t index) const { return fixed[row->slots[index]]; }
};

// Looks at what begins with a request. It is filled in as far as it is known, and whole where it is found
// whole.
PumpFind FindRequest(const PumpTable &table, std::span<std::byte> received, bool has_context,
                     uint64_t max_bytes, PumpRequest &request);

}  // namespace virgl
