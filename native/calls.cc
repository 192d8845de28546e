#include "calls.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace virgl {

namespace {

// ---- arguments that refer to memory
// ------------------------------------------------------------------------------

using Owner = std::shared_ptr<Mapping>;

std::optional<std::span<std::byte>> BytesOf(const Parcel &parcel) {
  if (const auto *view = std::get_if<PinnedView>(&parcel)) return view->bytes;
  if (const auto *mapping = std::get_if<Owner>(&parcel)) return (*mapping)->bytes();
  return std::nullopt;
}

// A count of parcels and their tokens, a count of ranges and for each {parcel index, offset u64, length u64}.
// Checked here although JavaScript checks too: a mistake there must never become a wild pointer.
std::unique_ptr<Backing> ReadRanges(Renderer &renderer, CallArguments &arguments) {
  auto backing = std::make_unique<Backing>();
  std::vector<std::span<std::byte>> memories;
  bool valid = true;
  for (const uint32_t token : arguments.Words()) {
    const Parcel parcel = renderer.parcels().Take(token);
    const auto bytes = BytesOf(parcel);
    valid = valid && bytes.has_value();
    memories.push_back(bytes.value_or(std::span<std::byte>()));
    if (const auto *mapping = std::get_if<Owner>(&parcel)) backing->owners.push_back(*mapping);
  }
  const uint32_t count = arguments.U32();
  for (uint32_t i = 0; i < count && arguments.Ok(); ++i) {
    const uint32_t index = arguments.U32();
    const uint64_t offset = arguments.U64();
    const uint64_t length = arguments.U64();
    if (index >= memories.size() || offset > memories[index].size() ||
        length > memories[index].size() - offset) {
      valid = false;
      continue;
    }
    backing->iovecs.push_back({memories[index].data() + offset, static_cast<size_t>(length)});
  }
  return valid && arguments.Ok() ? std::move(backing) : nullptr;
}

// Ranges that virglrenderer keeps after the call: not of memory that it may unmap before.
std::unique_ptr<Backing> ReadBacking(Renderer &renderer, CallArguments &arguments) {
  auto backing = ReadRanges(renderer, arguments);
  if (backing == nullptr) return nullptr;
  const bool owned = std::all_of(backing->owners.begin(), backing->owners.end(),
                                 [](const Owner &owner) { return owner->owned(); });
  return owned ? std::move(backing) : nullptr;
}

// The commands of a submit: 0 and then the words themselves; or the token of a parcel of words; or the token
// of shared memory, and the offset and length of the words in it, which are used where they are.
struct Commands {
  std::span<uint32_t> words;
  std::vector<uint32_t> owned;
  Owner owner;
};

bool ReadCommandsInPlace(CallArguments &arguments, Owner memory, Commands &commands) {
  const uint64_t offset = arguments.U64();
  const uint64_t length = arguments.U64();
  const std::span<std::byte> bytes = memory->bytes();
  if (!arguments.Ok() || offset > bytes.size() || length > bytes.size() - offset) return false;
  if (offset % sizeof(uint32_t) != 0 || length % sizeof(uint32_t) != 0) return false;
  commands.words = {reinterpret_cast<uint32_t *>(bytes.data() + offset), length / sizeof(uint32_t)};
  commands.owner = std::move(memory);
  return true;
}

bool ReadCommands(Renderer &renderer, CallArguments &arguments, Commands &commands) {
  const uint32_t token = arguments.U32();
  if (token == 0) {
    commands.words = arguments.Words();
    return arguments.Ok();
  }
  Parcel parcel = renderer.parcels().Take(token);
  if (auto *memory = std::get_if<Owner>(&parcel))
    return ReadCommandsInPlace(arguments, std::move(*memory), commands);
  auto *words = std::get_if<std::vector<uint32_t>>(&parcel);
  if (words == nullptr) return false;
  commands.owned = std::move(*words);
  commands.words = commands.owned;
  return true;
}

abi::Box ReadBox(CallArguments &arguments) {
  abi::Box box;
  box.x = arguments.U32();
  box.y = arguments.U32();
  box.z = arguments.U32();
  box.w = arguments.U32();
  box.h = arguments.U32();
  box.d = arguments.U32();
  return box;
}

void PutFd(Renderer &renderer, CallResult &result, int fd) {
  result.U32(fd >= 0 ? renderer.parcels().Put(UniqueFd(fd)) : 0);
}

void PutBytes(Renderer &renderer, CallResult &result, const void *data, size_t size_bytes) {
  std::vector<uint32_t> words((size_bytes + 3) / 4);
  if (size_bytes > 0) std::memcpy(words.data(), data, size_bytes);
  result.U32(renderer.parcels().Put(std::move(words)));
  result.U32(static_cast<uint32_t>(size_bytes));
}

#define REQUIRE(function) \
  if (renderer.library().function == nullptr) return ENOSYS

// ---- life of the renderer
// ----------------------------------------------------------------------------------------

int Init(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  const uint32_t flags = arguments.U32();
  const int status = renderer.Init(flags, std::string(arguments.Text()));
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

// ---- contexts
// ----------------------------------------------------------------------------------------------------

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
int JudgeSubmit(Renderer &renderer, uint32_t context_id, const Commands &commands, uint32_t log_count,
                int status, CallResult &result) {
  if (status == 0 && renderer.log_count() == log_count) return 0;
  const bool lost = renderer.ContextLost(context_id);
  if (status == 0 && !lost) return 0;
  result.U32(lost);
  PutBytes(renderer, result, commands.words.data(), commands.words.size_bytes());
  return status == 0 ? EINVAL : status;
}

int SubmitCmd(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  const uint32_t context_id = arguments.U32();
  Commands commands;
  if (!ReadCommands(renderer, arguments, commands)) return EPROTO;
  const uint32_t log_count = renderer.log_count();
  const int status = renderer.library().virgl_renderer_submit_cmd(
      commands.words.data(), static_cast<int>(context_id), static_cast<int>(commands.words.size()));
  return JudgeSubmit(renderer, context_id, commands, log_count, status, result);
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
  return JudgeSubmit(renderer, context_id, commands, log_count, status, result);
}

// ---- fences
// ------------------------------------------------------------------------------------------------------

int CreateFence(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const uint32_t context_id = arguments.U32();
  const uint32_t fence_id = arguments.U32();
  renderer.fences().Add(FenceTimelines::kLegacy, fence_id);
  const int status = renderer.library().virgl_renderer_create_fence(static_cast<int>(fence_id), context_id);
  if (status != 0) renderer.fences().Cancel(FenceTimelines::kLegacy, fence_id);
  return status;
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

// ---- resources
// ---------------------------------------------------------------------------------------------------

int AttachBacking(Renderer &renderer, uint32_t resource_id, std::unique_ptr<Backing> backing) {
  const int status = renderer.library().virgl_renderer_resource_attach_iov(
      static_cast<int>(resource_id), backing->iovecs.data(), static_cast<int>(backing->iovecs.size()));
  if (status == 0) renderer.SetBacking(resource_id, std::move(backing));
  return status;
}

int ResourceCreate(Renderer &renderer, CallArguments &arguments, CallResult &) {
  abi::ResourceCreateArgs args;
  args.handle = arguments.U32();
  args.target = arguments.U32();
  args.format = arguments.U32();
  args.bind = arguments.U32();
  args.width = arguments.U32();
  args.height = arguments.U32();
  args.depth = arguments.U32();
  args.array_size = arguments.U32();
  args.last_level = arguments.U32();
  args.nr_samples = arguments.U32();
  args.flags = arguments.U32();
  auto backing = ReadBacking(renderer, arguments);
  if (!backing) return EFAULT;
  const int status = renderer.library().virgl_renderer_resource_create(&args, nullptr, 0);
  if (status != 0) return status;
  renderer.ResourceCreated(args.handle, nullptr);
  if (backing->iovecs.empty()) return 0;
  // Attached in a second step, because the memory given to resource_create is kept but never used.
  const int attached = AttachBacking(renderer, args.handle, std::move(backing));
  if (attached != 0) renderer.UnrefResource(args.handle);
  return attached;
}

int ResourceCreateBlob(Renderer &renderer, CallArguments &arguments, CallResult &) {
  REQUIRE(virgl_renderer_resource_create_blob);
  abi::CreateBlobArgs args{};
  args.res_handle = arguments.U32();
  args.ctx_id = arguments.U32();
  args.blob_mem = arguments.U32();
  args.blob_flags = arguments.U32();
  args.blob_id = arguments.U64();
  args.size = arguments.U64();
  auto backing = ReadBacking(renderer, arguments);
  if (!backing) return EFAULT;
  const bool has_backing = !backing->iovecs.empty();
  args.iovecs = has_backing ? backing->iovecs.data() : nullptr;
  args.num_iovs = static_cast<uint32_t>(backing->iovecs.size());
  const int status = renderer.library().virgl_renderer_resource_create_blob(&args);
  if (status == 0) renderer.ResourceCreated(args.res_handle, has_backing ? std::move(backing) : nullptr);
  return status;
}

int ResourceImportBlob(Renderer &renderer, CallArguments &arguments, CallResult &) {
  REQUIRE(virgl_renderer_resource_import_blob);
  abi::ImportBlobArgs args{};
  args.res_handle = arguments.U32();
  args.blob_mem = arguments.U32();
  args.fd_type = arguments.U32();
  args.size = arguments.U64();
  Parcel parcel = renderer.parcels().Take(arguments.U32());
  auto *fd = std::get_if<UniqueFd>(&parcel);
  if (fd == nullptr) return EBADF;
  // Whoever maps it later would die of touching what the file does not have.
  if (!CoversRange(*fd, 0, args.size)) return EINVAL;
  args.fd = fd->Get();
  const int status = renderer.library().virgl_renderer_resource_import_blob(&args);
  // On -ENOMEM the library has closed the descriptor, on success it owns it, on other faults it is still
  // ours.
  if (status == 0 || status == -ENOMEM) fd->Release();
  if (status == 0) renderer.ResourceCreated(args.res_handle, nullptr);
  return status;
}

int ResourceUnref(Renderer &renderer, CallArguments &arguments, CallResult &) {
  renderer.UnrefResource(arguments.U32());
  return 0;
}

int ResourceAttachIov(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const uint32_t resource_id = arguments.U32();
  auto backing = ReadBacking(renderer, arguments);
  if (!backing) return EFAULT;
  return AttachBacking(renderer, resource_id, std::move(backing));
}

int ResourceDetachIov(Renderer &renderer, CallArguments &arguments, CallResult &) {
  const uint32_t resource_id = arguments.U32();
  renderer.library().virgl_renderer_resource_detach_iov(static_cast<int>(resource_id), nullptr, nullptr);
  renderer.DropBacking(resource_id);
  return 0;
}

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

int ResourceMap(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_resource_map);
  void *data = nullptr;
  uint64_t size_bytes = 0;
  const int status = renderer.library().virgl_renderer_resource_map(arguments.U32(), &data, &size_bytes);
  if (status == 0) result.U32(renderer.parcels().Put(Mapping::Borrow(data, size_bytes)));
  return status;
}

int ResourceUnmap(Renderer &renderer, CallArguments &arguments, CallResult &) {
  REQUIRE(virgl_renderer_resource_unmap);
  return renderer.library().virgl_renderer_resource_unmap(arguments.U32());
}

int ResourceMapFixed(Renderer &renderer, CallArguments &arguments, CallResult &) {
  REQUIRE(virgl_renderer_resource_map_fixed);
  const uint32_t resource_id = arguments.U32();
  const uint64_t size_bytes = arguments.U64();
  auto backing = ReadBacking(renderer, arguments);
  // The library maps the whole blob at the address: it must lie inside one range of shared memory,
  // page-aligned.
  if (!backing || backing->iovecs.size() != 1 || backing->owners.size() != 1) return EFAULT;
  const iovec &range = backing->iovecs.front();
  const auto address = reinterpret_cast<uintptr_t>(range.iov_base);
  if (range.iov_len < size_bytes || address % static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)) != 0)
    return EFAULT;
  // The library reads the resource before it looks whether there is one.
  if (!renderer.HasResource(resource_id)) return EINVAL;
  // Nothing to keep: the pages belong to the shared memory from here on, and the library forgets the address.
  return renderer.library().virgl_renderer_resource_map_fixed(resource_id, range.iov_base);
}

int ResourceGetMapInfo(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_resource_get_map_info);
  uint32_t map_info = 0;
  const int status = renderer.library().virgl_renderer_resource_get_map_info(arguments.U32(), &map_info);
  result.U32(map_info);
  return status;
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

int GetFdForTexture(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  // Not virgl_renderer_get_fd_for_texture itself: without dma-buf export it falls back to EGL_MESA_drm_image,
  // in which Mesa's software rasterizer crashes. The newer function does the same without that way.
  REQUIRE(virgl_renderer_get_fd_for_texture2);
  int fd = -1;
  int stride = 0;
  int offset = 0;
  const uint32_t texture = arguments.U32();
  if (renderer.library().virgl_renderer_get_fd_for_texture2(texture, &fd, &stride, &offset) != 0)
    return EINVAL;
  PutFd(renderer, result, fd);
  return 0;
}

int GetFdForTexture2(Renderer &renderer, CallArguments &arguments, CallResult &result) {
  REQUIRE(virgl_renderer_get_fd_for_texture2);
  int fd = -1;
  int stride = 0;
  int offset = 0;
  if (renderer.library().virgl_renderer_get_fd_for_texture2(arguments.U32(), &fd, &stride, &offset) != 0) {
    return EINVAL;
  }
  PutFd(renderer, result, fd);
  result.I32(stride);
  result.I32(offset);
  return 0;
}

// ---- transfers
// ---------------------------------------------------------------------------------------------------

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
    {"init", Init},
    {"cleanup", Cleanup},
    {"reset", Reset},
    {"forceCtx0", ForceCtx0},
    {"poll", Poll},
    {"getPollFd", GetPollFd},
    {"getCapSet", GetCapSet},
    {"fillCaps", FillCaps},
    {"contextCreate", ContextCreate},
    {"contextDestroy", ContextDestroy},
    {"contextPoll", ContextPoll},
    {"contextGetPollFd", ContextGetPollFd},
    {"ctxAttachResource", CtxAttachResource},
    {"ctxDetachResource", CtxDetachResource},
    {"submitCmd", SubmitCmd},
    {"submitCmd2", SubmitCmd2},
    {"createFence", CreateFence},
    {"contextCreateFence", ContextCreateFence},
    {"exportFence", ExportFence},
    {"exportSignalledFence", ExportSignalledFence},
    {"attachFence", AttachFence},
    {"getFenceFd", GetFenceFd},
    {"getDevFd", GetDevFd},
    {"resourceCreate", ResourceCreate},
    {"resourceCreateBlob", ResourceCreateBlob},
    {"resourceImportBlob", ResourceImportBlob},
    {"resourceUnref", ResourceUnref},
    {"resourceAttachIov", ResourceAttachIov},
    {"resourceDetachIov", ResourceDetachIov},
    {"resourceGetInfo", ResourceGetInfo},
    {"resourceGetInfoExt", ResourceGetInfoExt},
    {"resourceMap", ResourceMap},
    {"resourceUnmap", ResourceUnmap},
    {"resourceMapFixed", ResourceMapFixed},
    {"resourceGetMapInfo", ResourceGetMapInfo},
    {"resourceExportBlob", ResourceExportBlob},
    {"resourceExportQuery", ResourceExportQuery},
    {"supportedStructures", SupportedStructures},
    {"getCursorData", GetCursorData},
    {"getRect", GetRect},
    {"getFdForTexture", GetFdForTexture},
    {"getFdForTexture2", GetFdForTexture2},
    {"transferReadIov", TransferReadIov},
    {"transferWriteIov", TransferWriteIov},
};

}  // namespace

std::span<const Call> Calls() { return kCalls; }

}  // namespace virgl
