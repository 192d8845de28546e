// JavaScript's face of an eventfd: a 64-bit counter that several processes share as a doorbell.
#pragma once

#include <napi.h>

#include "readiness.h"

namespace virgl {

// JavaScript: new EventFd(initial: bigint | FileDescriptor), signal(value), read(), and what WatchedFd has.
class EventFd : public Napi::ObjectWrap<EventFd> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit EventFd(const Napi::CallbackInfo &info);

 private:
  void Signal(const Napi::CallbackInfo &info);
  Napi::Value Read(const Napi::CallbackInfo &info);
  Napi::Value Number(const Napi::CallbackInfo &info) { return fd_.Number(info); }
  Napi::Value Duplicate(const Napi::CallbackInfo &info) { return fd_.Duplicate(info); }
  void Watch(const Napi::CallbackInfo &info) { fd_.Watch(info); }
  void Close(const Napi::CallbackInfo &) { fd_.Close(); }

  WatchedFd fd_;
};

}  // namespace virgl
