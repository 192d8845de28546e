// virglrenderer as one process-wide machine: start and stop, callbacks, the memory it borrows, its pending
// fences. Every method runs on the render thread; only the static callbacks may run on virglrenderer's own
// threads.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "completions.h"
#include "fence_timelines.h"
#include "memory.h"
#include "parcels.h"
#include "virgl_library.h"

namespace virgl {

// Memory lent to virglrenderer: the iovec array it keeps a pointer to, and what keeps the bytes behind it
// mapped.
struct Backing {
  std::vector<iovec> iovecs;
  std::vector<std::shared_ptr<Mapping>> owners;
};

class Renderer {
 public:
  Renderer(std::shared_ptr<const VirglLibrary> library, ParcelTable &parcels, Completions &completions);
  Renderer(const Renderer &) = delete;

  // As virgl_renderer_init. `render_node` is opened whenever virglrenderer asks for a DRM descriptor; "" lets
  // it choose.
  int Init(uint32_t flags, std::string render_node);
  // The flags that Init really used.
  uint32_t flags() const { return flags_; }
  // As virgl_renderer_cleanup; then gives back all memory. Harmless when not running.
  void Cleanup();
  // As virgl_renderer_reset; afterwards fences retire as before.
  int Reset();
  bool running() const { return running_; }

  const VirglLibrary &library() const { return *library_; }
  ParcelTable &parcels() { return parcels_; }

  // Null for a resource without backing.
  void ResourceCreated(uint32_t resource_id, std::unique_ptr<Backing> backing);
  // Of a texture or buffer: no layer of it has more bytes, in any format. Without this call nothing is known
  // of that.
  void LayerHasAtMost(uint32_t resource_id, uint64_t bytes) { resources_[resource_id] = bytes; }
  // Whether a transfer of one layer stays below 4 GiB, in which the library adds up. `rows_bytes`: of all
  // rows, where they don't have the resource's own stride.
  bool LayerIsSmall(uint32_t resource_id, uint64_t rows_bytes = 0) const {
    const auto found = resources_.find(resource_id);
    return found != resources_.end() && found->second <= UINT32_MAX &&
           rows_bytes <= UINT32_MAX - found->second;
  }
  bool HasResource(uint32_t resource_id) const { return resources_.contains(resource_id); }
  void SetBacking(uint32_t resource_id, std::unique_ptr<Backing> backing);
  void DropBacking(uint32_t resource_id) { backings_.erase(resource_id); }
  // As virgl_renderer_resource_unref.
  void UnrefResource(uint32_t resource_id);

  void ContextCreated(uint32_t context_id, uint32_t capset_id);
  void ContextDestroyed(uint32_t context_id);
  bool HasContext(uint32_t context_id) const { return contexts_.contains(context_id); }
  // Whether the context is one of the virgl GL contexts, in whose error state virglrenderer's decoder can be
  // asked.
  bool IsVirglContext(uint32_t context_id) const;
  // Whether virglrenderer has put a virgl context in its error state. To ask makes it refuse whatever follows
  // on that context; never true after IgnoreLostContexts.
  bool ContextLost(uint32_t context_id);
  void IgnoreLostContexts() { ignores_lost_contexts_ = true; }

  // Counts log lines; a call that moved it said something.
  uint32_t log_count() const { return log_count_.load(std::memory_order_relaxed); }

  FenceTimelines &fences() { return fences_; }
  // From now on the newest legacy fence that has retired is written there, instead of being told among the
  // completions.
  void TellOfFences(std::shared_ptr<std::atomic<uint32_t>> retired) { retired_ = std::move(retired); }
  // Retires what is ready.
  void Poll();
  // Descriptors that become readable when Poll() has something to do; borrowed.
  const std::vector<pollfd> &poll_fds() const { return poll_fds_; }

 private:
  static void OnFence(void *cookie, uint32_t fence_id);
  static void OnContextFence(void *cookie, uint32_t context_id, uint32_t ring, uint64_t fence_id);
  static int OnGetDrmFd(void *cookie);
  static void OnLog(int level, const char *message, void *user);
  static void OnDebug(const char *format, va_list arguments);

  void CaptureLog();
  void ReleaseLog();
  void Forget();
  void RefreshPollFds();

  std::shared_ptr<const VirglLibrary> library_;
  ParcelTable &parcels_;
  Completions &completions_;
  // virglrenderer keeps a pointer to this until cleanup.
  abi::Callbacks callbacks_{};
  uint32_t flags_ = 0;
  std::string render_node_;
  bool running_ = false;
  bool ignores_lost_contexts_ = false;

  std::unordered_map<uint32_t, uint64_t> resources_;  // id -> at most so many bytes in a layer
  std::unordered_map<uint32_t, std::unique_ptr<Backing>> backings_;
  std::unordered_map<uint32_t, uint32_t> contexts_;  // id -> capset id
  std::vector<pollfd> poll_fds_;
  std::atomic<uint32_t> log_count_ = 0;
  FenceTimelines fences_;
  std::shared_ptr<std::atomic<uint32_t>> retired_;
};

}  // namespace virgl
