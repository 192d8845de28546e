#include <cerrno>

#include "areas.h"
#include "arguments.h"
#include "plain.h"

namespace virgl {

namespace {

int RunCreateFence(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const uint32_t context_id = arguments.U32();
  return CreateFence(renderer, context_id, arguments.U32());
}

int ContextCreateFence(Renderer &renderer, CallArguments &arguments, CallResult &) {
  REQUIRE(virgl_renderer_context_create_fence);
  const uint32_t context_id = arguments.U32();
  const uint32_t flags = arguments.U32();
  const uint32_t ring = arguments.U32();
  const uint64_t fence_id = arguments.U64();
  renderer.fences().Add({context_id, ring}, fence_id);
  // The third parameter was u64 (a queue) before 0.10.4 and is u32 (a ring) since: a zero-extended word suits
  // both.
  const int status =
      renderer.library().virgl_renderer_context_create_fence(context_id, flags, ring, fence_id);
  if (status != 0) renderer.fences().Cancel({context_id, ring}, fence_id);
  return status;
}

int ExportFence(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_export_fence);
  int fd = -1;
  const int status = renderer.library().virgl_renderer_export_fence(arguments.U64(), &fd);
  if (status == 0) PutFd(renderer, result, fd);
  return status;
}

int ExportSignalledFence(Renderer &renderer, CallArguments &, CallResult &result) {
  REQUIRE(virgl_renderer_export_signalled_fence);
  const int fd = renderer.library().virgl_renderer_export_signalled_fence();
  if (fd < 0) return EINVAL;
  PutFd(renderer, result, fd);
  return 0;
}

int AttachFence(Renderer &renderer, CallArguments &arguments, CallResult &) {
  REQUIRE(virgl_renderer_attach_fence);
  const uint32_t context_id = arguments.U32();
  Parcel parcel = renderer.parcels().Take(arguments.U32());
  auto *fd = std::get_if<UniqueFd>(&parcel);
  if (fd == nullptr) return EBADF;
  // Once it has found the context the library closes the descriptor in every case, and before that in none.
  if (!renderer.HasContext(context_id)) return EINVAL;
  return renderer.library().virgl_renderer_attach_fence(static_cast<int>(context_id), fd->Release());
}

int GetFenceFd(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_get_fence_fd);
  const int fd = renderer.library().virgl_renderer_get_fence_fd(arguments.U64());
  if (fd < 0) return fd;
  PutFd(renderer, result, fd);
  return 0;
}

int GetDevFd(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_get_dev_fd);
  const uint32_t context_id = arguments.U32();
  // For virgl contexts the library calls a pointer that it has never set.
  if (renderer.IsVirglContext(context_id)) return ENODEV;
  const int borrowed = renderer.library().virgl_renderer_get_dev_fd(static_cast<int>(context_id));
  if (borrowed < 0) return borrowed;
  PutFd(renderer, result, UniqueFd::Duplicate(borrowed).Release());
  return 0;
}

constexpr Call kCalls[] = {
    {"createFence", RunCreateFence}, {"contextCreateFence", ContextCreateFence},
    {"exportFence", ExportFence},    {"exportSignalledFence", ExportSignalledFence},
    {"attachFence", AttachFence},    {"getFenceFd", GetFenceFd},
    {"getDevFd", GetDevFd},
};

}  // namespace

std::span<const Call> FenceCalls() { return kCalls; }

int CreateFence(Renderer &renderer, uint32_t context_id, uint32_t fence_id) {
  renderer.fences().Add(FenceTimelines::kLegacy, fence_id);
  const int status = renderer.library().virgl_renderer_create_fence(static_cast<int>(fence_id), context_id);
  if (status != 0) renderer.fences().Cancel(FenceTimelines::kLegacy, fence_id);
  return status;
}

}  // namespace virgl
