// The buffers that a pump made and still has, with their ids and memories.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "../virglrenderer_abi.h"
#include "lent_memories.h"

namespace virgl {

struct PumpedBuffer {
  abi::ResourceCreateArgs args;
  std::unique_ptr<LentMemory> memory;
  // The id is the pump's choice, and may be used again.
  bool own_id;
  // How a trace names the memory; 0 for not at all.
  uint32_t recorded_memory;

  // What it counts for: itself, and what is shared of it.
  uint64_t Bytes() const { return static_cast<uint64_t>(args.width) + memory->mapping->bytes().size(); }
};

class PumpedBuffers {
 public:
  // Of memories in use, at most so many descriptors stay open.
  explicit PumpedBuffers(size_t max_open_memories) : memories_(max_open_memories) {}

  // Bytes of all buffers.
  uint64_t bytes() const { return bytes_; }

  // Ids, the lowest first, and the one given back last before all others.
  uint32_t TakeId();
  void GiveBackId(uint32_t id) { free_ids_.push_back(id); }

  // Memory for a buffer; null when the system has none. It is given back if the buffer could not be made.
  std::unique_ptr<LentMemory> TakeMemory(size_t size_bytes, uint32_t id);
  void GiveBackMemory(std::unique_ptr<LentMemory> memory) { memories_.GiveBack(std::move(memory)); }

  // A buffer whose memory was sent to the client.
  void Add(std::unique_ptr<PumpedBuffer> buffer);
  // Hands a buffer over to somebody else; null if there is none of this id.
  std::unique_ptr<PumpedBuffer> Release(uint32_t id);
  // The client has no use for it any more.
  void Drop(std::unique_ptr<PumpedBuffer> buffer);

 private:
  LentMemories memories_;
  std::unordered_map<uint32_t, std::unique_ptr<PumpedBuffer>> buffers_;
  uint64_t bytes_ = 0;
  std::vector<uint32_t> free_ids_;
  uint32_t next_id_ = 1;
};

}  // namespace virgl
