#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "areas.h"
#include "arguments.h"
#include "plain.h"

namespace virgl {

namespace {

// Of any format.
constexpr uint64_t kMaxTexelBytes = 32;

int AttachBacking(Renderer &renderer, uint32_t resource_id, std::unique_ptr<Backing> backing) {
  const int status = renderer.library().virgl_renderer_resource_attach_iov(
      static_cast<int>(resource_id), backing->iovecs.data(), static_cast<int>(backing->iovecs.size()));
  if (status == 0) renderer.SetBacking(resource_id, std::move(backing));
  return status;
}

int RunResourceCreate(Renderer &renderer, CallArguments &arguments, CallResult &) {
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
  return backing ? ResourceCreate(renderer, args, std::move(backing)) : EFAULT;
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

constexpr Call kCalls[] = {
    {"resourceCreate", RunResourceCreate},
    {"resourceCreateBlob", ResourceCreateBlob},
    {"resourceImportBlob", ResourceImportBlob},
    {"resourceUnref", ResourceUnref},
    {"resourceAttachIov", ResourceAttachIov},
    {"resourceDetachIov", ResourceDetachIov},
    {"resourceMap", ResourceMap},
    {"resourceUnmap", ResourceUnmap},
    {"resourceMapFixed", ResourceMapFixed},
    {"resourceGetMapInfo", ResourceGetMapInfo},
};

}  // namespace

std::span<const Call> ResourceCalls() { return kCalls; }

int ResourceCreate(Renderer &renderer, abi::ResourceCreateArgs args, std::unique_ptr<Backing> backing) {
  const int status = renderer.library().virgl_renderer_resource_create(&args, nullptr, 0);
  if (status != 0) return status;
  renderer.ResourceCreated(args.handle, nullptr);
  renderer.LayerHasAtMost(args.handle, uint64_t{args.width} * std::max(args.height, 1u) * kMaxTexelBytes);
  if (backing->iovecs.empty()) return 0;
  // Attached in a second step, because the memory given to resource_create is kept but never used.
  const int attached = AttachBacking(renderer, args.handle, std::move(backing));
  if (attached != 0) renderer.UnrefResource(args.handle);
  return attached;
}

}  // namespace virgl
