#include <cerrno>
#include <vector>

#include "areas.h"
#include "arguments.h"
#include "plain.h"

namespace virgl {

namespace {

int ContextCreate(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const uint32_t context_id = arguments.U32();
  const uint32_t capset_id = arguments.U32();
  const std::string_view name = arguments.Text();
  const int status = renderer.library().virgl_renderer_context_create_with_flags(
      context_id, capset_id, static_cast<uint32_t>(name.size()), name.data());
  if (status == 0) renderer.ContextCreated(context_id, capset_id);
  return status;
}

int ContextDestroy(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const uint32_t context_id = arguments.U32();
  renderer.library().virgl_renderer_context_destroy(context_id);
  renderer.ContextDestroyed(context_id);
  return 0;
}

int ContextPoll(Renderer &renderer, CallArguments &arguments, CallResult &) {
  REQUIRE(virgl_renderer_context_poll);
  renderer.library().virgl_renderer_context_poll(arguments.U32());
  return 0;
}

int ContextGetPollFd(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_context_get_poll_fd);
  const int borrowed = renderer.library().virgl_renderer_context_get_poll_fd(arguments.U32());
  PutFd(renderer, result, borrowed < 0 ? -1 : UniqueFd::Duplicate(borrowed).Release());
  return 0;
}

int CtxAttachResource(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const int context_id = arguments.I32();
  renderer.library().virgl_renderer_ctx_attach_resource(context_id, arguments.I32());
  return 0;
}

int CtxDetachResource(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const int context_id = arguments.I32();
  renderer.library().virgl_renderer_ctx_detach_resource(context_id, arguments.I32());
  return 0;
}

// After a submit that failed, or that made virglrenderer say something: result words {context lost,
// commands}.
int JudgeSubmit(Renderer &renderer, uint32_t context_id, std::span<const uint32_t> commands,
                uint32_t log_count, int status, CallResult &result) {
  if (status == 0 && renderer.log_count() == log_count) return 0;
  const bool lost = renderer.ContextLost(context_id);
  if (status == 0 && !lost) return 0;
  result.U32(lost);
  PutBytes(renderer, result, commands.data(), commands.size_bytes());
  // virglrenderer answers that all is well to a stream whose end it ignores.
  return status == 0 ? EINVAL : status;
}

int RunSubmitCmd(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  const uint32_t context_id = arguments.U32();
  Commands commands;
  if (!ReadCommands(renderer, arguments, commands)) return EPROTO;
  return SubmitCmd(renderer, context_id, commands.words, result);
}

int SubmitCmd2(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_submit_cmd2);
  const uint32_t context_id = arguments.U32();
  Commands commands;
  if (!ReadCommands(renderer, arguments, commands)) return EPROTO;
  const uint32_t fence_count = arguments.U32();
  if (fence_count > arguments.Left() / 2) return EPROTO;
  std::vector<uint64_t> in_fences(fence_count);
  for (uint64_t &fence : in_fences) fence = arguments.U64();
  if (!arguments.Ok()) return EPROTO;
  const uint32_t log_count = renderer.log_count();
  const int status = renderer.library().virgl_renderer_submit_cmd2(
      commands.words.data(), static_cast<int>(context_id), static_cast<int>(commands.words.size()),
      in_fences.data(), static_cast<uint32_t>(in_fences.size()));
  return JudgeSubmit(renderer, context_id, commands.words, log_count, status, result);
}

constexpr Call kCalls[] = {
    {"contextCreate", ContextCreate},
    {"contextDestroy", ContextDestroy},
    {"contextPoll", ContextPoll},
    {"contextGetPollFd", ContextGetPollFd},
    {"ctxAttachResource", CtxAttachResource},
    {"ctxDetachResource", CtxDetachResource},
    {"submitCmd", RunSubmitCmd},
    {"submitCmd2", SubmitCmd2},
};

}  // namespace

std::span<const Call> ContextCalls() { return kCalls; }

int SubmitCmd(Renderer &renderer, uint32_t context_id, std::span<uint32_t> commands, CallResult &result) {
  const uint32_t log_count = renderer.log_count();
  const int status = renderer.library().virgl_renderer_submit_cmd(
      commands.data(), static_cast<int>(context_id), static_cast<int>(commands.size()));
  return JudgeSubmit(renderer, context_id, commands, log_count, status, result);
}

}  // namespace virgl
