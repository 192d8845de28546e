// Copies between resources and memory, as requests ask for them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../renderer.h"

namespace virgl {

struct PumpTransfer {
  uint32_t id;
  uint32_t level;
  // 0 for those of the resource.
  uint32_t stride;
  uint32_t layer_stride;
  // x, y, z, width, height, depth
  std::array<uint32_t, 6> box;
  uint32_t offset;

  // Whether the library's own checks suffice for it.
  bool IsPlain(const Renderer &renderer) const;
  // Status of the library. Without memory it is the resource's backing.
  int Upload(Renderer &renderer, uint32_t context_id, std::span<std::byte> memory) const;
  int Download(Renderer &renderer, uint32_t context_id, std::span<std::byte> memory) const;
};

}  // namespace virgl
