#include "pumped_buffers.h"

#include <utility>

namespace virgl {

uint32_t PumpedBuffers::TakeId() {
  if (free_ids_.empty()) return next_id_++;
  const uint32_t id = free_ids_.back();
  free_ids_.pop_back();
  return id;
}

std::unique_ptr<LentMemory> PumpedBuffers::TakeMemory(size_t size_bytes, uint32_t id) {
  return memories_.Take(size_bytes, "vtest-res-" + std::to_string(id));
}

void PumpedBuffers::Add(std::unique_ptr<PumpedBuffer> buffer) {
  memories_.Sent(*buffer->memory);
  bytes_ += buffer->Bytes();
  const uint32_t id = buffer->args.handle;
  buffers_.emplace(id, std::move(buffer));
}

std::unique_ptr<PumpedBuffer> PumpedBuffers::Release(uint32_t id) {
  auto node = buffers_.extract(id);
  if (!node) return nullptr;
  auto buffer = std::move(node.mapped());
  bytes_ -= buffer->Bytes();
  memories_.Forget(*buffer->memory);
  return buffer;
}

void PumpedBuffers::Drop(std::unique_ptr<PumpedBuffer> buffer) {
  memories_.GiveBack(std::move(buffer->memory));
  if (buffer->own_id) GiveBackId(buffer->args.handle);
}

}  // namespace virgl
