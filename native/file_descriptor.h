// File descriptors with one owner: UniqueFd inside the addon, FileDescriptor as its JavaScript face.
#pragma once

#include <napi.h>

#include <utility>

namespace virgl {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd &&other) noexcept : fd_(other.Release()) {}
  UniqueFd &operator=(UniqueFd &&other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  ~UniqueFd() { Reset(); }

  // A close-on-exec duplicate of a descriptor that somebody else owns; invalid on failure, with errno set.
  static UniqueFd Duplicate(int borrowed);

  int Get() const { return fd_; }
  bool Valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

// JavaScript: adopt(number), value, take(), duplicate(), close(). Garbage collection closes what nobody
// closed.
class FileDescriptor : public Napi::ObjectWrap<FileDescriptor> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Value Wrap(Napi::Env env, UniqueFd fd);
  // The wrapped object, or null when `value` is something else.
  static FileDescriptor *From(Napi::Value value);

  explicit FileDescriptor(const Napi::CallbackInfo &info);
  UniqueFd &fd() { return fd_; }

 private:
  Napi::Value Number(const Napi::CallbackInfo &info);
  Napi::Value Take(const Napi::CallbackInfo &info);
  Napi::Value Duplicate(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);

  UniqueFd fd_;
};

}  // namespace virgl
