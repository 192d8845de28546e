#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "areas.h"
#include "arguments.h"

namespace virgl {

namespace {

void PutInfo(CallResult &result, const abi::ResourceInfo &info) {
  result.U32(info.handle);
  result.U32(info.format);
  result.U32(info.width);
  result.U32(info.height);
  result.U32(info.depth);
  result.U32(info.flags);
  result.U32(info.tex_id);
  result.U32(info.stride);
  result.I32(info.drm_fourcc);
}

int ResourceGetInfo(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  abi::ResourceInfo info{};
  info.fd = -1;
  const int status = renderer.library().virgl_renderer_resource_get_info(arguments.I32(), &info);
  if (status != 0) return status;
  PutInfo(result, info);
  // Borrowed from the library; before 1.0 there is none and the field keeps its -1.
  PutFd(renderer, result, info.fd < 0 ? -1 : UniqueFd::Duplicate(info.fd).Release());
  return 0;
}

int ResourceGetInfoExt(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_resource_get_info_ext);
  abi::ResourceInfoExt info{};
  info.base.fd = -1;
  const int status = renderer.library().virgl_renderer_resource_get_info_ext(arguments.I32(), &info);
  if (status != 0) return status;
  PutInfo(result, info.base);
  PutFd(renderer, result, info.base.fd < 0 ? -1 : UniqueFd::Duplicate(info.base.fd).Release());
  result.U32(info.has_dmabuf_export);
  result.I32(info.planes);
  result.U64(info.modifiers);
  return 0;
}

int ResourceExportBlob(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_resource_export_blob);
  uint32_t fd_type = 0;
  int fd = -1;
  const int status = renderer.library().virgl_renderer_resource_export_blob(arguments.U32(), &fd_type, &fd);
  if (status != 0) return status;
  result.U32(fd_type);
  PutFd(renderer, result, fd);
  return 0;
}

int ResourceExportQuery(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_execute);
  abi::ExportQuery query{};
  query.hdr = {abi::kStypeExportQuery, 0, sizeof query};
  query.in_resource_id = arguments.U32();
  query.in_export_fds = arguments.U32();
  std::fill(std::begin(query.out_fds), std::end(query.out_fds), -1);
  const int status = renderer.library().virgl_renderer_execute(&query, sizeof query);
  if (status != 0) return status;
  result.U32(query.out_num_fds);
  result.U32(query.out_fourcc);
  result.U64(query.out_modifier);
  for (size_t plane = 0; plane < std::size(query.out_fds); ++plane) {
    PutFd(renderer, result, query.in_export_fds && plane < query.out_num_fds ? query.out_fds[plane] : -1);
    result.U32(query.out_strides[plane]);
    result.U32(query.out_offsets[plane]);
  }
  return 0;
}

int SupportedStructures(Renderer &renderer, CallArguments &, CallResult &result) {
  REQUIRE(virgl_renderer_execute);
  abi::SupportedStructures query{};
  query.hdr = {abi::kStypeSupportedStructures, 0, sizeof query};
  const int status = renderer.library().virgl_renderer_execute(&query, sizeof query);
  result.U32(query.out_supported_structures_mask);
  return status;
}

// One descriptor of one plane. virglrenderer hands the pointers to EGL, which writes an entry for each plane
// of the image: there is room for as many as a dma-buf can have, although only pictures of one plane are
// passed on.
struct ExportedTexture {
  std::array<int, 4> fds{-1, -1, -1, -1};
  std::array<int, 4> strides{};
  std::array<int, 4> offsets{};
};

int ExportTexture(Renderer &renderer, uint32_t texture, ExportedTexture &exported) {
  auto &[fds, strides, offsets] = exported;
  const auto &library = renderer.library();
  if (library.virgl_renderer_get_fd_for_texture2(texture, fds.data(), strides.data(), offsets.data()) != 0)
    return EINVAL;
  bool has_more = false;
  for (size_t plane = 1; plane < fds.size(); ++plane) has_more |= UniqueFd(fds[plane]).Valid();
  if (!has_more) return 0;
  const UniqueFd first(fds[0]);
  return EINVAL;
}

int GetFdForTexture(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  // Not virgl_renderer_get_fd_for_texture itself: without dma-buf export it falls back to EGL_MESA_drm_image,
  // in which Mesa's software rasterizer crashes. The newer function does the same without that way.
  REQUIRE(virgl_renderer_get_fd_for_texture2);
  ExportedTexture exported;
  const int status = ExportTexture(renderer, arguments.U32(), exported);
  if (status == 0) PutFd(renderer, result, exported.fds[0]);
  return status;
}

int GetFdForTexture2(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_get_fd_for_texture2);
  ExportedTexture exported;
  const int status = ExportTexture(renderer, arguments.U32(), exported);
  if (status != 0) return status;
  PutFd(renderer, result, exported.fds[0]);
  result.I32(exported.strides[0]);
  result.I32(exported.offsets[0]);
  return 0;
}

constexpr Call kCalls[] = {
    {"resourceGetInfo", ResourceGetInfo},         {"resourceGetInfoExt", ResourceGetInfoExt},
    {"resourceExportBlob", ResourceExportBlob},   {"resourceExportQuery", ResourceExportQuery},
    {"supportedStructures", SupportedStructures}, {"getFdForTexture", GetFdForTexture},
    {"getFdForTexture2", GetFdForTexture2},
};

}  // namespace

std::span<const Call> ExportCalls() { return kCalls; }

}  // namespace virgl
