// Shared memory: an mmap that native code and JavaScript hold together, unmapped when the last of them lets
// go.
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "file_descriptor.h"

namespace virgl {

// Whether a file is at least as long as a range of it that is to be mapped; with errno set if not.
// Descriptors without a size of their own, such as devices, pass.
bool CoversRange(const UniqueFd &fd, size_t offset_bytes, size_t size_bytes);

class Mapping {
 public:
  // Null on failure, with errno set.
  static std::shared_ptr<Mapping> CreateMemfd(size_t size_bytes, const std::string &name);
  static std::shared_ptr<Mapping> FromFd(UniqueFd fd, size_t offset_bytes, size_t size_bytes);
  // Memory that virglrenderer mapped and will unmap itself.
  static std::shared_ptr<Mapping> Borrow(void *data, size_t size_bytes);

  Mapping(UniqueFd fd, std::byte *data, size_t size_bytes, bool owned)
      : fd_(std::move(fd)), data_(data), size_bytes_(size_bytes), owned_(owned) {}
  Mapping(const Mapping &) = delete;
  ~Mapping();

  std::span<std::byte> bytes() const { return {data_, size_bytes_}; }
  const UniqueFd &fd() const { return fd_; }
  // The memory stays mapped without it.
  UniqueFd TakeFd() { return std::move(fd_); }
  // Whether it stays mapped for as long as this object lives; virglrenderer unmaps its own when it likes.
  bool owned() const { return owned_; }

 private:
  UniqueFd fd_;
  std::byte *data_;
  size_t size_bytes_;
  bool owned_;
};

// JavaScript: new Memory(sizeBytes, name), buffer(), duplicateFd(), takeFd(), close(), and the static
// fromFd(fd, offset, size).
class Memory : public Napi::ObjectWrap<Memory> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Value Wrap(Napi::Env env, std::shared_ptr<Mapping> mapping);
  static Memory *From(Napi::Value value);

  explicit Memory(const Napi::CallbackInfo &info);
  // Null once closed.
  const std::shared_ptr<Mapping> &mapping() const { return mapping_; }

 private:
  static Napi::Value FromFd(const Napi::CallbackInfo &info);
  Napi::Value Buffer(const Napi::CallbackInfo &info);
  Napi::Value DuplicateFd(const Napi::CallbackInfo &info);
  Napi::Value TakeFd(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);

  using Owner = std::shared_ptr<Mapping>;

  Owner mapping_;
  // What keeps the memory mapped for `buffer_`; shared with its finalizer.
  std::shared_ptr<Owner> view_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
};

}  // namespace virgl
