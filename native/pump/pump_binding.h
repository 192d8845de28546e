// The JavaScript face of RequestPump.
#pragma once

#include <napi.h>

#include <optional>

#include "../host_binding.h"
#include "request_pump.h"

namespace virgl {

// new RequestPump(HostBinding, UnixSocket, rows, progress: Memory, io: Float64Array, maxRequestBytes,
// maxOpenMemories, alsoWake)
class RequestPumpBinding : public Napi::ObjectWrap<RequestPumpBinding> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit RequestPumpBinding(const Napi::CallbackInfo &info);

 private:
  // Nothing once the host is closed: then a pump is of no use any more.
  std::optional<PumpParts> Parts();

  Napi::Value Run(const Napi::CallbackInfo &info);
  void Record(const Napi::CallbackInfo &info);
  void Lend(const Napi::CallbackInfo &info);
  Napi::Value TakeBack(const Napi::CallbackInfo &info);
  Napi::Value IsBusy(const Napi::CallbackInfo &info);
  Napi::Value MakeFence(const Napi::CallbackInfo &info);
  void AwaitFences(const Napi::CallbackInfo &info);
  Napi::Value TakeId(const Napi::CallbackInfo &info);
  void GiveBackId(const Napi::CallbackInfo &info);
  Napi::Value Bytes(const Napi::CallbackInfo &info);
  Napi::Value Release(const Napi::CallbackInfo &info);
  Napi::Value TakeUnsent(const Napi::CallbackInfo &info);

  // They keep what the pump works on alive; destroyed after it.
  Napi::ObjectReference host_object_;
  Napi::ObjectReference socket_object_;
  Napi::ObjectReference io_object_;
  Napi::ObjectReference plan_object_;
  HostBinding *host_ = nullptr;
  UnixSocket *socket_ = nullptr;
  std::span<double> io_;
  int also_wake_ = -1;
  std::optional<RequestPump> pump_;
};

}  // namespace virgl
