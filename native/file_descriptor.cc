#include "file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include "addon.h"

namespace virgl {

UniqueFd UniqueFd::Duplicate(int borrowed) { return UniqueFd(fcntl(borrowed, F_DUPFD_CLOEXEC, 3)); }

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

Napi::Function FileDescriptor::Define(Napi::Env env) {
  return DefineClass(env, "FileDescriptor",
                     {
                         InstanceMethod<&FileDescriptor::Number>("value"),
                         InstanceMethod<&FileDescriptor::Take>("take"),
                         InstanceMethod<&FileDescriptor::Duplicate>("duplicate"),
                         InstanceMethod<&FileDescriptor::Close>("close"),
                     });
}

FileDescriptor::FileDescriptor(const Napi::CallbackInfo &info) : Napi::ObjectWrap<FileDescriptor>(info) {
  if (info.Length() == 0 || !info[0].IsNumber()) return;
  fd_.Reset(info[0].As<Napi::Number>().Int32Value());
  if (!fd_.Valid()) return;
  const int flags = fcntl(fd_.Get(), F_GETFD);
  if (flags < 0) {
    fd_.Release();  // Not an open descriptor: nothing to own.
    return;
  }
  fcntl(fd_.Get(), F_SETFD, flags | FD_CLOEXEC);
}

Napi::Value FileDescriptor::Wrap(Napi::Env env, UniqueFd fd) {
  Napi::Object object = AddonData::Of(env).file_descriptor.New({});
  Unwrap(object)->fd_ = std::move(fd);
  return object;
}

FileDescriptor *FileDescriptor::From(Napi::Value value) {
  if (!value.IsObject()) return nullptr;
  Napi::Object object = value.As<Napi::Object>();
  if (!object.InstanceOf(AddonData::Of(value.Env()).file_descriptor.Value())) return nullptr;
  return Unwrap(object);
}

Napi::Value FileDescriptor::Number(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), fd_.Get());
}

Napi::Value FileDescriptor::Take(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), fd_.Release());
}

Napi::Value FileDescriptor::Duplicate(const Napi::CallbackInfo &info) {
  return Wrap(info.Env(), UniqueFd::Duplicate(fd_.Get()));
}

void FileDescriptor::Close(const Napi::CallbackInfo &) { fd_.Reset(); }

}  // namespace virgl
