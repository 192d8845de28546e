#include "renderer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>

namespace virgl {

namespace {

// virgl_set_debug_callback has no user pointer, so that the one running renderer must be found here.
std::atomic<Renderer *> g_logging_renderer = nullptr;

// virglrenderer (up to 1.3 at least) never forgets that it was once started with ASYNC_FENCE_CB: started
// again without, it would wait for a thread that is not there, and no fence would retire.
std::atomic<bool> g_async_for_ever = false;
constexpr uint32_t kAsyncFences = abi::kThreadSync | abi::kAsyncFenceCallback;

constexpr uint32_t kCapsetVirgl = 1;
constexpr uint32_t kCapsetVirgl2 = 2;
constexpr int kLogLevelUnknown = 1;  // VIRGL_LOG_LEVEL_INFO: releases before 1.0 give no level

}  // namespace

Renderer::Renderer(std::shared_ptr<const VirglLibrary> library, ParcelTable &parcels,
                   Completions &completions)
    : library_(std::move(library)), parcels_(parcels), completions_(completions) {}

int Renderer::Init(uint32_t flags, std::string render_node) {
  if (running_) return EBUSY;
  if ((flags & kAsyncFences) == kAsyncFences) g_async_for_ever = true;
  if (g_async_for_ever) flags |= kAsyncFences;
  flags_ = flags;
  render_node_ = std::move(render_node);
  callbacks_ = {};
  callbacks_.version = abi::kCallbacksVersion;
  callbacks_.write_fence = OnFence;
  callbacks_.write_context_fence = OnContextFence;
  if (!render_node_.empty()) callbacks_.get_drm_fd = OnGetDrmFd;

  CaptureLog();
  const int result = library_->virgl_renderer_init(this, static_cast<int>(flags), &callbacks_);
  running_ = result == 0;
  if (running_) {
    RefreshPollFds();
  } else {
    ReleaseLog();
  }
  return result;
}

void Renderer::Cleanup() {
  if (!running_) return;
  library_->virgl_renderer_cleanup(this);
  running_ = false;
  ReleaseLog();
  Forget();
}

int Renderer::Reset() {
  // Resetting ends the thread that waits for fences, and no release starts it again in every mode: with
  // ASYNC_FENCE_CB before 1.2 no fence would ever retire.
  if (flags_ & abi::kThreadSync) {
    Cleanup();
    return Init(flags_, render_node_);
  }
  library_->virgl_renderer_reset();
  Forget();
  RefreshPollFds();
  return 0;
}

void Renderer::Forget() {
  resources_.clear();
  backings_.clear();
  contexts_.clear();
  poll_fds_.clear();
  fences_.Clear();
}

void Renderer::CaptureLog() {
  g_logging_renderer = this;
  if (library_->virgl_set_log_callback != nullptr) {
    library_->virgl_set_log_callback(OnLog, this, nullptr);
  } else {
    library_->virgl_set_debug_callback(OnDebug);
  }
}

void Renderer::ReleaseLog() {
  g_logging_renderer = nullptr;
  // The old debug callback stays: it finds no renderer and is silent, whereas NULL would be called by
  // releases from 1.0.
  if (library_->virgl_set_log_callback != nullptr)
    library_->virgl_set_log_callback(nullptr, nullptr, nullptr);
}

void Renderer::ResourceCreated(uint32_t resource_id, std::unique_ptr<Backing> backing) {
  resources_[resource_id] = UINT64_MAX;
  if (backing) SetBacking(resource_id, std::move(backing));
}

void Renderer::SetBacking(uint32_t resource_id, std::unique_ptr<Backing> backing) {
  backings_[resource_id] = std::move(backing);
}

void Renderer::UnrefResource(uint32_t resource_id) {
  // Detached first: queries of a context may keep the resource, with its pointer to our memory, for longer
  // than its id lives.
  if (backings_.contains(resource_id))
    library_->virgl_renderer_resource_detach_iov(static_cast<int>(resource_id), nullptr, nullptr);
  library_->virgl_renderer_resource_unref(resource_id);
  resources_.erase(resource_id);
  DropBacking(resource_id);
}

void Renderer::ContextCreated(uint32_t context_id, uint32_t capset_id) {
  contexts_[context_id] = capset_id;
  RefreshPollFds();
}

void Renderer::ContextDestroyed(uint32_t context_id) {
  contexts_.erase(context_id);
  fences_.DropContext(context_id);
  RefreshPollFds();
}

bool Renderer::IsVirglContext(uint32_t context_id) const {
  const auto found = contexts_.find(context_id);
  return found != contexts_.end() && (found->second == kCapsetVirgl || found->second == kCapsetVirgl2);
}

bool Renderer::ContextLost(uint32_t context_id) {
  if (ignores_lost_contexts_) return false;
  if (!IsVirglContext(context_id)) return false;
  // The error state is only looked at when switching *to* a context; an empty submit switches and does
  // nothing else.
  alignas(4) uint32_t nothing = 0;
  library_->virgl_renderer_force_ctx_0();
  return library_->virgl_renderer_submit_cmd(&nothing, static_cast<int>(context_id), 0) != 0;
}

void Renderer::RefreshPollFds() {
  poll_fds_.clear();
  const int renderer_fd = library_->virgl_renderer_get_poll_fd();
  if (renderer_fd >= 0) poll_fds_.push_back({renderer_fd, POLLIN, 0});
  if (library_->virgl_renderer_context_get_poll_fd == nullptr) return;
  for (const auto &[context_id, capset_id] : contexts_) {
    if (IsVirglContext(context_id)) continue;  // those share the renderer's descriptor
    const int context_fd = library_->virgl_renderer_context_get_poll_fd(context_id);
    if (context_fd >= 0 && context_fd != renderer_fd) poll_fds_.push_back({context_fd, POLLIN, 0});
  }
}

void Renderer::Poll() {
  library_->virgl_renderer_poll();
  if (library_->virgl_renderer_context_poll == nullptr) return;
  for (const auto &[context_id, capset_id] : contexts_) {
    if (!IsVirglContext(context_id)) library_->virgl_renderer_context_poll(context_id);
  }
}

// Render thread inside Poll(), or virglrenderer's sync thread with ASYNC_FENCE_CB.
void Renderer::OnFence(void *cookie, uint32_t fence_id) {
  auto *self = static_cast<Renderer *>(cookie);
  self->fences_.Retire(FenceTimelines::kLegacy, fence_id);
  if (self->retired_) {
    self->retired_->store(fence_id, std::memory_order_release);
  } else {
    self->completions_.Fence(fence_id);
  }
}

// Render thread inside Poll(), or one of virglrenderer's threads with ASYNC_FENCE_CB.
void Renderer::OnContextFence(void *cookie, uint32_t context_id, uint32_t ring, uint64_t fence_id) {
  auto *self = static_cast<Renderer *>(cookie);
  self->fences_.Retire({context_id, ring}, fence_id);
  self->completions_.ContextFence(context_id, ring, fence_id);
}

// Render thread, inside init and (from 1.3) context creation. The library owns what this returns.
int Renderer::OnGetDrmFd(void *cookie) {
  return open(static_cast<Renderer *>(cookie)->render_node_.c_str(), O_RDWR | O_CLOEXEC);
}

// Any thread.
void Renderer::OnLog(int level, const char *message, void *user) {
  auto *self = static_cast<Renderer *>(user);
  ++self->log_count_;
  self->completions_.Log(static_cast<uint32_t>(level), message);
}

// Any thread.
void Renderer::OnDebug(const char *format, va_list arguments) {
  Renderer *self = g_logging_renderer;
  if (self == nullptr) return;
  va_list again;
  va_copy(again, arguments);
  const int length = vsnprintf(nullptr, 0, format, arguments);
  std::string text(static_cast<size_t>(std::max(length, 0)) + 1, '\0');
  vsnprintf(text.data(), text.size(), format, again);
  va_end(again);
  OnLog(kLogLevelUnknown, text.c_str(), self);
}

}  // namespace virgl
