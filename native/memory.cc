#include "memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "addon.h"

namespace virgl {

namespace {

std::shared_ptr<Mapping> MapShared(UniqueFd fd, size_t offset_bytes, size_t size_bytes) {
  void *data = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.Get(),
                    static_cast<off_t>(offset_bytes));
  if (data == MAP_FAILED) return nullptr;
  return std::make_shared<Mapping>(std::move(fd), static_cast<std::byte *>(data), size_bytes, true);
}

}  // namespace

bool CoversRange(const UniqueFd &fd, size_t offset_bytes, size_t size_bytes) {
  struct stat status;
  if (fstat(fd.Get(), &status) != 0) return false;
  const auto file_bytes = static_cast<size_t>(status.st_size);
  if (!S_ISREG(status.st_mode)) return true;
  errno = ENXIO;
  return offset_bytes <= file_bytes && size_bytes <= file_bytes - offset_bytes;
}

std::shared_ptr<Mapping> Mapping::CreateMemfd(size_t size_bytes, const std::string &name) {
  UniqueFd fd(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.Valid() || ftruncate(fd.Get(), static_cast<off_t>(size_bytes)) != 0) return nullptr;
  // Nobody who gets a descriptor of it may shorten it under us; udmabuf asks for the same.
  if (fcntl(fd.Get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) return nullptr;
  return MapShared(std::move(fd), 0, size_bytes);
}

std::shared_ptr<Mapping> Mapping::FromFd(UniqueFd fd, size_t offset_bytes, size_t size_bytes) {
  // mmap takes a range past the end of a file, and touching it then kills the process.
  if (!CoversRange(fd, offset_bytes, size_bytes)) return nullptr;
  return MapShared(std::move(fd), offset_bytes, size_bytes);
}

std::shared_ptr<Mapping> Mapping::Borrow(void *data, size_t size_bytes) {
  return std::make_shared<Mapping>(UniqueFd(), static_cast<std::byte *>(data), size_bytes, false);
}

Mapping::~Mapping() {
  if (owned_) munmap(data_, size_bytes_);
}

Napi::Function Memory::Define(Napi::Env env) {
  return DefineClass(env, "Memory",
                     {
                         StaticMethod<&Memory::FromFd>("fromFd"),
                         InstanceMethod<&Memory::Buffer>("buffer"),
                         InstanceMethod<&Memory::DuplicateFd>("duplicateFd"),
                         InstanceMethod<&Memory::TakeFd>("takeFd"),
                         InstanceMethod<&Memory::Close>("close"),
                     });
}

Memory::Memory(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Memory>(info) {
  if (info.Length() < 2) return;  // Wrap() fills it in.
  const auto size_bytes = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  mapping_ = Mapping::CreateMemfd(size_bytes, info[1].As<Napi::String>().Utf8Value());
  if (!mapping_) ThrowErrno(info.Env(), "memfd_create");
}

Napi::Value Memory::FromFd(const Napi::CallbackInfo &info) {
  FileDescriptor *source = FileDescriptor::From(info[0]);
  UniqueFd fd = UniqueFd::Duplicate(source ? source->fd().Get() : -1);
  const auto offset_bytes = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  const auto size_bytes = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  auto mapping = fd.Valid() ? Mapping::FromFd(std::move(fd), offset_bytes, size_bytes) : nullptr;
  if (!mapping) {
    ThrowErrno(info.Env(), "mmap");
    return info.Env().Undefined();
  }
  return Wrap(info.Env(), std::move(mapping));
}

Napi::Value Memory::Wrap(Napi::Env env, std::shared_ptr<Mapping> mapping) {
  Napi::Object object = AddonData::Of(env).memory.New({});
  Unwrap(object)->mapping_ = std::move(mapping);
  return object;
}

Memory *Memory::From(Napi::Value value) {
  if (!value.IsObject()) return nullptr;
  Napi::Object object = value.As<Napi::Object>();
  if (!object.InstanceOf(AddonData::Of(value.Env()).memory.Value())) return nullptr;
  return Unwrap(object);
}

Napi::Value Memory::Buffer(const Napi::CallbackInfo &info) {
  if (!mapping_) return info.Env().Undefined();
  if (!buffer_.IsEmpty() && !buffer_.Value().IsEmpty()) return buffer_.Value();
  // The view shares ownership, so that it stays valid even if it outlives this object.
  view_ = std::make_shared<Owner>(mapping_);
  const auto bytes = mapping_->bytes();
  auto buffer = Napi::ArrayBuffer::New(
      info.Env(), bytes.data(), bytes.size(),
      [](Napi::Env, void *, std::shared_ptr<Owner> *held) { delete held; },
      new std::shared_ptr<Owner>(view_));
  // An exception is pending: too long for an ArrayBuffer of this release of Node.js.
  if (buffer.IsEmpty()) return info.Env().Undefined();
  // Weak: a script that forgets both memory and view must not keep them alive through each other.
  buffer_ = Napi::Reference<Napi::ArrayBuffer>::New(buffer, 0);
  return buffer;
}

Napi::Value Memory::TakeFd(const Napi::CallbackInfo &info) {
  return FileDescriptor::Wrap(info.Env(), mapping_ ? mapping_->TakeFd() : UniqueFd());
}

Napi::Value Memory::DuplicateFd(const Napi::CallbackInfo &info) {
  return FileDescriptor::Wrap(info.Env(), mapping_ ? UniqueFd::Duplicate(mapping_->fd().Get()) : UniqueFd());
}

void Memory::Close(const Napi::CallbackInfo &) {
  // The view is detached first: from here on no script can reach the memory.
  if (!buffer_.IsEmpty()) {
    Napi::ArrayBuffer buffer = buffer_.Value();
    if (!buffer.IsEmpty()) buffer.Detach();
    buffer_.Reset();
  }
  // Its finalizer only runs at a later turn of the event loop; the memory does not wait for it.
  if (view_) view_->reset();
  mapping_.reset();
}

}  // namespace virgl
