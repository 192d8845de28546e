#include "pump_transfer.h"

#include <algorithm>

namespace virgl {

namespace {

// The library reads sides as int, and not all are checked for being negative.
constexpr uint32_t kMaxSide = 0x7fffffff;
constexpr size_t kHeight = 4;
constexpr size_t kDepth = 5;

abi::Box BoxOf(const std::array<uint32_t, 6> &box) {
  return {box[0], box[1], box[2], box[3], box[4], box[5]};
}

// One piece of memory, or none at all.
struct Pieces {
  explicit Pieces(std::span<std::byte> memory) : piece{memory.data(), memory.size()} {}
  iovec *data() { return piece.iov_base == nullptr ? nullptr : &piece; }
  int count() const { return piece.iov_base == nullptr ? 0 : 1; }
  iovec piece;
};

}  // namespace

bool PumpTransfer::IsPlain(const Renderer &renderer) const {
  const bool has_plain_sides =
      std::all_of(box.begin(), box.end(), [](uint32_t side) { return side <= kMaxSide; });
  // More than a layer may span too much for the library's sums.
  return has_plain_sides && box[kDepth] <= 1 &&
         renderer.LayerIsSmall(id, static_cast<uint64_t>(stride) * box[kHeight]);
}

int PumpTransfer::Upload(Renderer &renderer, uint32_t context_id, std::span<std::byte> memory) const {
  abi::Box area = BoxOf(box);
  Pieces pieces(memory);
  return renderer.library().virgl_renderer_transfer_write_iov(id, context_id, static_cast<int>(level), stride,
                                                              layer_stride, &area, offset, pieces.data(),
                                                              static_cast<unsigned>(pieces.count()));
}

int PumpTransfer::Download(Renderer &renderer, uint32_t context_id, std::span<std::byte> memory) const {
  abi::Box area = BoxOf(box);
  Pieces pieces(memory);
  return renderer.library().virgl_renderer_transfer_read_iov(id, context_id, level, stride, layer_stride,
                                                             &area, offset, pieces.data(), pieces.count());
}

}  // namespace virgl
