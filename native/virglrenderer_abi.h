// The binary interface of libvirglrenderer.so.1, releases 0.10 to 1.3, as virglrenderer.h and virgl_hw.h
// define it. Declared here, not included, so that one binary can be built anywhere and meet every release at
// run time. Where releases differ the larger struct is declared: the library never writes past what its own
// release knows.
#pragma once

#include <sys/uio.h>

#include <cstdarg>
#include <cstdint>

namespace virgl::abi {

using GlContext = void *;

struct GlContextParam;

// Version 4 is accepted by every release from 0.10 on.
constexpr int kCallbacksVersion = 4;

struct Callbacks {
  int version;
  void (*write_fence)(void *cookie, uint32_t fence);
  GlContext (*create_gl_context)(void *cookie, int scanout, GlContextParam *param);
  void (*destroy_gl_context)(void *cookie, GlContext context);
  int (*make_current)(void *cookie, int scanout, GlContext context);
  int (*get_drm_fd)(void *cookie);
  void (*write_context_fence)(void *cookie, uint32_t ctx_id, uint32_t ring_idx, uint64_t fence_id);
  int (*get_server_fd)(void *cookie, uint32_t version);
  void *(*get_egl_display)(void *cookie);
};
static_assert(sizeof(Callbacks) == 72);

struct Box {
  uint32_t x, y, z, w, h, d;
};

struct ResourceCreateArgs {
  uint32_t handle, target, format, bind, width, height, depth, array_size, last_level, nr_samples, flags;
};
static_assert(sizeof(ResourceCreateArgs) == 44);

// 36 bytes up to 0.10 (no `fd`), 40 from 1.0 on, written without asking.
struct ResourceInfo {
  uint32_t handle, format, width, height, depth, flags, tex_id, stride;
  int32_t drm_fourcc;
  int32_t fd;
};
static_assert(sizeof(ResourceInfo) == 40);

struct ResourceInfoExt {
  int32_t version;
  ResourceInfo base;
  bool has_dmabuf_export;
  int32_t planes;
  uint64_t modifiers;
  void *d3d_tex2d;
};
static_assert(sizeof(ResourceInfoExt) == 72);

struct CreateBlobArgs {
  uint32_t res_handle, ctx_id, blob_mem, blob_flags;
  uint64_t blob_id, size;
  const iovec *iovecs;
  uint32_t num_iovs;
};
static_assert(sizeof(CreateBlobArgs) == 48);

struct ImportBlobArgs {
  uint32_t res_handle, blob_mem, fd_type;
  int32_t fd;
  uint64_t size;
};
static_assert(sizeof(ImportBlobArgs) == 24);

struct ExecuteHeader {
  uint32_t stype, stype_version, size;
};
constexpr uint32_t kStypeExportQuery = 1u << 0;
constexpr uint32_t kStypeSupportedStructures = 1u << 1;

struct ExportQuery {
  ExecuteHeader hdr;
  uint32_t in_resource_id, out_num_fds, in_export_fds, out_fourcc, pad;
  int32_t out_fds[4];
  uint32_t out_strides[4], out_offsets[4];
  uint64_t out_modifier;
};
static_assert(sizeof(ExportQuery) == 88);

struct SupportedStructures {
  ExecuteHeader hdr;
  uint32_t in_stype_version, out_supported_structures_mask;
};
static_assert(sizeof(SupportedStructures) == 20);

enum InitFlag : uint32_t {
  kUseEgl = 1u << 0,
  kThreadSync = 1u << 1,
  kAsyncFenceCallback = 1u << 8,
};

using DebugCallback = void (*)(const char *format, va_list arguments);
using LogCallback = void (*)(int level, const char *message, void *user);

}  // namespace virgl::abi

// Every function this addon may call: X(name, first release, prototype). `name` is the symbol without its
// "virgl_renderer_" prefix, except for the two that have none. A symbol that is missing is a feature that is
// missing.
#define VIRGL_FUNCTIONS(X)                                                                            \
  X(virgl_renderer_init, "0.2", int(void *, int, virgl::abi::Callbacks *))                            \
  X(virgl_renderer_poll, "0.2", void())                                                               \
  X(virgl_renderer_get_poll_fd, "0.4", int())                                                         \
  X(virgl_renderer_cleanup, "0.2", void(void *))                                                      \
  X(virgl_renderer_reset, "0.2", void())                                                              \
  X(virgl_renderer_force_ctx_0, "0.2", void())                                                        \
  X(virgl_renderer_get_cap_set, "0.2", void(uint32_t, uint32_t *, uint32_t *))                        \
  X(virgl_renderer_fill_caps, "0.2", void(uint32_t, uint32_t, void *))                                \
  X(virgl_renderer_context_create, "0.2", int(uint32_t, uint32_t, const char *))                      \
  X(virgl_renderer_context_create_with_flags, "0.9", int(uint32_t, uint32_t, uint32_t, const char *)) \
  X(virgl_renderer_context_destroy, "0.2", void(uint32_t))                                            \
  X(virgl_renderer_submit_cmd, "0.2", int(void *, int, int))                                          \
  X(virgl_renderer_submit_cmd2, "1.0", int(void *, int, int, uint64_t *, uint32_t))                   \
  X(virgl_renderer_transfer_read_iov, "0.2",                                                          \
    int(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, virgl::abi::Box *, uint64_t, iovec *, int)) \
  X(virgl_renderer_transfer_write_iov, "0.2",                                                         \
    int(uint32_t, uint32_t, int, uint32_t, uint32_t, virgl::abi::Box *, uint64_t, iovec *, unsigned)) \
  X(virgl_renderer_resource_create, "0.2", int(virgl::abi::ResourceCreateArgs *, iovec *, uint32_t))  \
  X(virgl_renderer_resource_unref, "0.2", void(uint32_t))                                             \
  X(virgl_renderer_resource_attach_iov, "0.2", int(int, iovec *, int))                                \
  X(virgl_renderer_resource_detach_iov, "0.2", void(int, iovec **, int *))                            \
  X(virgl_renderer_ctx_attach_resource, "0.2", void(int, int))                                        \
  X(virgl_renderer_ctx_detach_resource, "0.2", void(int, int))                                        \
  X(virgl_renderer_resource_get_info, "0.2", int(int, virgl::abi::ResourceInfo *))                    \
  X(virgl_renderer_resource_get_info_ext, "1.0", int(int, virgl::abi::ResourceInfoExt *))             \
  X(virgl_renderer_get_cursor_data, "0.2", void *(uint32_t, uint32_t *, uint32_t *))                  \
  X(virgl_renderer_get_rect, "0.2", void(int, iovec *, unsigned, uint32_t, int, int, int, int))       \
  X(virgl_renderer_get_fd_for_texture, "0.2", int(uint32_t, int *))                                   \
  X(virgl_renderer_get_fd_for_texture2, "0.7", int(uint32_t, int *, int *, int *))                    \
  X(virgl_renderer_create_fence, "0.2", int(int, uint32_t))                                           \
  X(virgl_renderer_context_create_fence, "0.9", int(uint32_t, uint32_t, uint64_t, uint64_t))          \
  X(virgl_renderer_context_poll, "0.9", void(uint32_t))                                               \
  X(virgl_renderer_context_get_poll_fd, "0.9", int(uint32_t))                                         \
  X(virgl_renderer_export_fence, "0.9", int(uint64_t, int *))                                         \
  X(virgl_renderer_export_signalled_fence, "1.0", int())                                              \
  X(virgl_renderer_attach_fence, "1.2", int(int, int))                                                \
  X(virgl_renderer_get_fence_fd, "1.2", int(uint64_t))                                                \
  X(virgl_renderer_get_dev_fd, "1.2", int(int))                                                       \
  X(virgl_renderer_execute, "0.8", int(void *, uint32_t))                                             \
  X(virgl_renderer_resource_create_blob, "0.9", int(const virgl::abi::CreateBlobArgs *))              \
  X(virgl_renderer_resource_map, "0.9", int(uint32_t, void **, uint64_t *))                           \
  X(virgl_renderer_resource_unmap, "0.9", int(uint32_t))                                              \
  X(virgl_renderer_resource_get_map_info, "0.9", int(uint32_t, uint32_t *))                           \
  X(virgl_renderer_resource_export_blob, "0.9", int(uint32_t, uint32_t *, int *))                     \
  X(virgl_renderer_resource_import_blob, "0.10", int(const virgl::abi::ImportBlobArgs *))             \
  X(virgl_renderer_resource_map_fixed, "1.3", int(uint32_t, void *))                                  \
  X(virgl_set_debug_callback, "0.8", virgl::abi::DebugCallback(virgl::abi::DebugCallback))            \
  X(virgl_set_log_callback, "1.0", void(virgl::abi::LogCallback, void *, void (*)(void *)))
