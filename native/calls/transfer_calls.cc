#include <cerrno>
#include <cstdlib>
#include <memory>

#include "areas.h"
#include "arguments.h"

namespace virgl {

namespace {

int GetCursorData(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  uint32_t width = 0;
  uint32_t height = 0;
  const uint32_t resource_id = arguments.U32();
  const uint64_t bytes_per_pixel = arguments.U64();
  void *data = renderer.library().virgl_renderer_get_cursor_data(resource_id, &width, &height);
  if (data == nullptr) return EINVAL;
  result.U32(width);
  result.U32(height);
  PutBytes(renderer, result, data, static_cast<size_t>(width) * height * bytes_per_pixel);
  free(data);
  return 0;
}

int GetRect(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const int resource_id = arguments.I32();
  const uint32_t offset = arguments.U32();
  const int x = arguments.I32();
  const int y = arguments.I32();
  const int width = arguments.I32();
  const int height = arguments.I32();
  auto target = ReadRanges(renderer, arguments);
  if (!target) return EFAULT;
  const uint32_t log_count = renderer.log_count();
  renderer.library().virgl_renderer_get_rect(resource_id, target->iovecs.data(),
                                             static_cast<unsigned>(target->iovecs.size()), offset, x, y,
                                             width, height);
  // It returns nothing, but says what it did not like.
  return renderer.log_count() == log_count ? 0 : EINVAL;
}

struct Transfer {
  uint32_t resource_id, context_id, level, stride, layer_stride;
  abi::Box box;
  uint64_t offset;
  std::unique_ptr<Backing> memory;
};

Transfer ReadTransfer(Renderer &renderer, CallArguments &arguments) {
  Transfer transfer;
  transfer.resource_id = arguments.U32();
  transfer.context_id = arguments.U32();
  transfer.level = arguments.U32();
  transfer.stride = arguments.U32();
  transfer.layer_stride = arguments.U32();
  transfer.box = ReadBox(arguments);
  transfer.offset = arguments.U64();
  transfer.memory = ReadRanges(renderer, arguments);
  return transfer;
}

// A transfer that a context may not make puts that context into its error state: result word {context lost}.
int JudgeTransfer(Renderer &renderer, uint32_t context_id, int status, CallResult &result) {
  if (status != 0 && context_id != 0) result.U32(renderer.ContextLost(context_id));
  return status;
}

int TransferReadIov(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  Transfer t = ReadTransfer(renderer, arguments);
  if (!t.memory) return EFAULT;
  auto &iovecs = t.memory->iovecs;
  const int status = renderer.library().virgl_renderer_transfer_read_iov(
      t.resource_id, t.context_id, t.level, t.stride, t.layer_stride, &t.box, t.offset,
      iovecs.empty() ? nullptr : iovecs.data(), static_cast<int>(iovecs.size()));
  return JudgeTransfer(renderer, t.context_id, status, result);
}

int TransferWriteIov(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  Transfer t = ReadTransfer(renderer, arguments);
  if (!t.memory) return EFAULT;
  auto &iovecs = t.memory->iovecs;
  const int status = renderer.library().virgl_renderer_transfer_write_iov(
      t.resource_id, t.context_id, static_cast<int>(t.level), t.stride, t.layer_stride, &t.box, t.offset,
      iovecs.empty() ? nullptr : iovecs.data(), static_cast<unsigned>(iovecs.size()));
  return JudgeTransfer(renderer, t.context_id, status, result);
}

constexpr Call kCalls[] = {
    {"getCursorData", GetCursorData},
    {"getRect", GetRect},
    {"transferReadIov", TransferReadIov},
    {"transferWriteIov", TransferWriteIov},
};

}  // namespace

std::span<const Call> TransferCalls() { return kCalls; }

}  // namespace virgl
