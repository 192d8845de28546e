// Things that words in a ring can't carry, handed between the JavaScript thread and the render thread by
// token. Each parcel is put once and taken once; what nobody takes is released with the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

#include "file_descriptor.h"
#include "memory.h"

namespace virgl {

// Bytes of a JavaScript typed array; the script's side keeps the array alive until the call that uses it is
// answered.
struct PinnedView {
  std::span<std::byte> bytes;
};

using Parcel =
    std::variant<std::monostate, PinnedView, std::shared_ptr<Mapping>, UniqueFd, std::vector<uint32_t>>;

class ParcelTable {
 public:
  // Never 0.
  uint32_t Put(Parcel parcel);
  // monostate for a token that is not there.
  Parcel Take(uint32_t token);
  void Clear();

 private:
  std::mutex mutex_;
  std::unordered_map<uint32_t, Parcel> parcels_;
  uint32_t last_token_ = 0;
};

}  // namespace virgl
