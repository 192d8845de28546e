#include "areas.h"
#include "arguments.h"

namespace virgl {

namespace {

int Init(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  const uint32_t flags = arguments.U32();
  const std::string render_node(arguments.Text());
  if (arguments.U32() != 0) renderer.IgnoreLostContexts();
  const int status = renderer.Init(flags, render_node);
  if (status == 0) result.U32(renderer.flags());
  return status;
}

int Cleanup(Renderer &renderer, CallArguments &, CallResult &) {
  renderer.Cleanup();
  return 0;
}

int Reset(Renderer &renderer, CallArguments &, CallResult &) { return renderer.Reset(); }

int ForceCtx0(Renderer &renderer, CallArguments &, CallResult &) {
  renderer.library().virgl_renderer_force_ctx_0();
  return 0;
}

int Poll(Renderer &renderer, CallArguments &, CallResult &) {
  renderer.Poll();
  return 0;
}

int GetPollFd(Renderer &renderer, CallArguments &, CallResult &result) {
  const int borrowed = renderer.library().virgl_renderer_get_poll_fd();
  PutFd(renderer, result, borrowed < 0 ? -1 : UniqueFd::Duplicate(borrowed).Release());
  return 0;
}

int GetCapSet(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  uint32_t max_version = 0;
  uint32_t max_size = 0;
  renderer.library().virgl_renderer_get_cap_set(arguments.U32(), &max_version, &max_size);
  result.U32(max_version);
  result.U32(max_size);
  return 0;
}

int FillCaps(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  const uint32_t set = arguments.U32();
  const uint32_t version = arguments.U32();
  uint32_t max_version = 0;
  uint32_t max_size = 0;
  renderer.library().virgl_renderer_get_cap_set(set, &max_version, &max_size);
  // Zeroed, because fill_caps writes nothing for a back-end that is not running.
  std::vector<uint32_t> caps((max_size + 3) / 4);
  if (max_size > 0) renderer.library().virgl_renderer_fill_caps(set, version, caps.data());
  PutBytes(renderer, result, caps.data(), max_size);
  return 0;
}

constexpr Call kCalls[] = {
    {"init", Init}, {"cleanup", Cleanup},     {"reset", Reset},         {"forceCtx0", ForceCtx0},
    {"poll", Poll}, {"getPollFd", GetPollFd}, {"getCapSet", GetCapSet}, {"fillCaps", FillCaps},
};

}  // namespace

std::span<const Call> RendererCalls() { return kCalls; }

}  // namespace virgl
