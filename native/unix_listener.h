// A Unix socket that listens at a path.
#pragma once

#include <napi.h>
#include <sys/stat.h>

#include <string>

#include "readiness.h"

namespace virgl {

// JavaScript: new UnixListener(path, absolutePath, mode, backlog), accept(waitMs): UnixSocket | undefined,
// and what WatchedFd has.
class UnixListener : public Napi::ObjectWrap<UnixListener> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit UnixListener(const Napi::CallbackInfo &info);
  ~UnixListener() override { CloseAndUnlink(); }

 private:
  // Leaves an exception pending when it fails.
  void Listen(const Napi::CallbackInfo &info);
  Napi::Value Accept(const Napi::CallbackInfo &info);
  Napi::Value Number(const Napi::CallbackInfo &info) { return fd_.Number(info); }
  void Watch(const Napi::CallbackInfo &info) { fd_.Watch(info); }
  void Close(const Napi::CallbackInfo &) { CloseAndUnlink(); }
  void CloseAndUnlink();

  WatchedFd fd_;
  std::string absolute_path_;
  // The file that bind() made; its inode number is not given to another one while the socket is open.
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace virgl
