#include "pump_binding.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "../addon.h"
#include "../file_descriptor.h"
#include "../memory.h"
#include "recorder_plan.h"

namespace virgl {

namespace {

// Places in `io`: what a run is told, what both tell, and what it tells. As lib/host/request-pump.ts has
// them.
enum Io : size_t {
  kContextId,
  kChoosesIds,
  kBudgetBytes,
  kWaitMs,
  kStart,
  kEnd,
  kRequests,
  kSubmits,
  kReceivedBytes,
  kLastId,
  kIoPlaces,
};

// Of what is shared with who watches.
constexpr size_t kProgressBytes = 3 * sizeof(uint32_t);

size_t SizeOf(const Napi::Value &value) { return static_cast<size_t>(value.As<Napi::Number>().Int64Value()); }

}  // namespace

Napi::Function RequestPumpBinding::Define(Napi::Env env) {
  return DefineClass(env, "RequestPump",
                     {
                         InstanceMethod<&RequestPumpBinding::Run>("run"),
                         InstanceMethod<&RequestPumpBinding::Record>("record"),
                         InstanceMethod<&RequestPumpBinding::Lend>("lend"),
                         InstanceMethod<&RequestPumpBinding::TakeBack>("takeBack"),
                         InstanceMethod<&RequestPumpBinding::IsBusy>("isBusy"),
                         InstanceMethod<&RequestPumpBinding::MakeFence>("makeFence"),
                         InstanceMethod<&RequestPumpBinding::AwaitFences>("awaitFences"),
                         InstanceMethod<&RequestPumpBinding::TakeId>("takeId"),
                         InstanceMethod<&RequestPumpBinding::GiveBackId>("giveBackId"),
                         InstanceMethod<&RequestPumpBinding::Bytes>("bytes"),
                         InstanceMethod<&RequestPumpBinding::Release>("release"),
                         InstanceMethod<&RequestPumpBinding::TakeUnsent>("takeUnsent"),
                     });
}

RequestPumpBinding::RequestPumpBinding(const Napi::CallbackInfo &info)
    : Napi::ObjectWrap<RequestPumpBinding>(info) {
  host_ = HostBinding::From(info[0]);
  socket_ = UnixSocket::From(info[1]);
  Memory *progress = Memory::From(info[3]);
  auto io = info[4].As<Napi::Float64Array>();
  const auto parts = Parts();
  const bool has_progress =
      progress != nullptr && progress->mapping() && progress->mapping()->bytes().size() >= kProgressBytes;
  if (!parts || !has_progress || io.ElementLength() < kIoPlaces) {
    ThrowCode(info.Env(), "ERR_VIRGL_ARGUMENT",
              "RequestPump: an inline host, a socket and memory are needed");
    return;
  }
  host_object_ = Napi::Persistent(info[0].As<Napi::Object>());
  socket_object_ = Napi::Persistent(info[1].As<Napi::Object>());
  io_object_ = Napi::Persistent(info[4].As<Napi::Object>());
  io_ = std::span(io.Data(), io.ElementLength());
  also_wake_ = info[7].As<Napi::Number>().Int32Value();
  const PumpLimits limits = {SizeOf(info[5]), SizeOf(info[6])};
  pump_.emplace(PumpTable::Read(info[2].As<Napi::Array>()), limits, progress->mapping(), *parts);
}

std::optional<PumpParts> RequestPumpBinding::Parts() {
  if (host_ == nullptr || socket_ == nullptr || host_->executor() == nullptr) return std::nullopt;
  return PumpParts{host_->renderer(), host_->completions(), *host_->executor(), *socket_};
}

// run(buffer: Uint8Array): why it stopped.
Napi::Value RequestPumpBinding::Run(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto parts = Parts();
  auto buffer = info[0].As<Napi::Uint8Array>();
  const std::span memory = {reinterpret_cast<std::byte *>(buffer.Data()), buffer.ByteLength()};
  const auto start = static_cast<size_t>(io_[kStart]);
  const auto end = static_cast<size_t>(io_[kEnd]);
  if (!parts || start > end || end > memory.size()) {
    ThrowCode(env, "ERR_VIRGL_CLOSED", "RequestPump: the host is closed");
    return env.Undefined();
  }
  RequestPump::Inbox inbox = {memory, start, end};
  const RequestPump::Session session = {
      static_cast<uint32_t>(io_[kContextId]),
      io_[kChoosesIds] != 0,
      io_[kBudgetBytes],
      io_[kWaitMs],
      also_wake_,
  };
  RequestPump::Report report;
  const RequestPump::Stop stop = pump_->Run(*parts, session, inbox, report);
  io_[kStart] = static_cast<double>(inbox.start);
  io_[kEnd] = static_cast<double>(inbox.end);
  io_[kRequests] = report.requests;
  io_[kSubmits] = report.submits;
  io_[kReceivedBytes] = static_cast<double>(report.received_bytes);
  io_[kLastId] = report.last_id;
  if (stop == RequestPump::Stop::kSendFailed) {
    ThrowSystem(env, report.error, "sendmsg");
  } else if (stop == RequestPump::Stop::kReceiveFailed) {
    UnixSocket::ThrowReceive(env, report.error, memory.size() - inbox.end);
  }
  return Napi::Number::New(env, static_cast<int>(stop));
}

// record(plan): from now on what the pump does is recorded.
void RequestPumpBinding::Record(const Napi::CallbackInfo &info) {
  auto plan = info[0].As<Napi::Object>();
  auto recorder = ReadRecorder(plan);
  if (!recorder) {
    ThrowCode(info.Env(), "ERR_VIRGL_ARGUMENT", "RequestPump: the plan of a recorder has gaps");
    return;
  }
  plan_object_ = Napi::Persistent(plan);
  pump_->Record(std::move(recorder));
}

// lend(words: Uint32Array): what FrameWatch works on until `takeBack`.
void RequestPumpBinding::Lend(const Napi::CallbackInfo &info) {
  auto words = info[0].As<Napi::Uint32Array>();
  PumpRecorder *recorder = pump_->recorder();
  if (recorder == nullptr || !recorder->watch().Lend({words.Data(), words.ElementLength()}))
    ThrowCode(info.Env(), "ERR_VIRGL_ARGUMENT", "RequestPump: nothing that its recorder could use");
}

Napi::Value RequestPumpBinding::TakeBack(const Napi::CallbackInfo &info) {
  PumpRecorder *recorder = pump_->recorder();
  if (recorder == nullptr) return info.Env().Undefined();
  const auto words = recorder->watch().Return();
  auto array = Napi::Uint32Array::New(info.Env(), words.size());
  std::copy(words.begin(), words.end(), array.Data());
  return array;
}

Napi::Value RequestPumpBinding::IsBusy(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), pump_->fences().Busy());
}

// makeFence(call?): whether there is nothing to tell; otherwise the answer to the fence's call waits. `call`
// is how it is recorded, where that is done.
Napi::Value RequestPumpBinding::MakeFence(const Napi::CallbackInfo &info) {
  const auto parts = Parts();
  PumpRecorder *recorder = pump_->recorder();
  if (recorder != nullptr && info[0].IsNumber())
    recorder->FenceOf(info[0].As<Napi::Number>().Uint32Value(), pump_->fences().Next());
  return Napi::Boolean::New(info.Env(), !parts || pump_->fences().Make(parts->executor));
}

void RequestPumpBinding::AwaitFences(const Napi::CallbackInfo &) {
  if (const auto parts = Parts()) pump_->fences().Await(parts->executor);
}

Napi::Value RequestPumpBinding::TakeId(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), pump_->buffers().TakeId());
}

void RequestPumpBinding::GiveBackId(const Napi::CallbackInfo &info) {
  pump_->buffers().GiveBackId(info[0].As<Napi::Number>().Uint32Value());
}

Napi::Value RequestPumpBinding::Bytes(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), static_cast<double>(pump_->buffers().bytes()));
}

// release(id): { numbers: those of the creation in the order of its struct, ownId, memory, fd, recordedMemory
// } or undefined.
Napi::Value RequestPumpBinding::Release(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const auto buffer = pump_->buffers().Release(info[0].As<Napi::Number>().Uint32Value());
  if (!buffer) return env.Undefined();
  const auto &args = buffer->args;
  const uint32_t numbers[] = {args.handle, args.target, args.format,     args.bind,       args.width,
                              args.height, args.depth,  args.array_size, args.last_level, args.nr_samples};
  Napi::Array list = Napi::Array::New(env);
  for (const uint32_t number : numbers) list.Set(list.Length(), Napi::Number::New(env, number));
  Napi::Object released = Napi::Object::New(env);
  released.Set("numbers", list);
  released.Set("ownId", Napi::Boolean::New(env, buffer->own_id));
  released.Set("memory", Memory::Wrap(env, buffer->memory->mapping));
  released.Set("recordedMemory", Napi::Number::New(env, buffer->recorded_memory));
  released.Set("fd", FileDescriptor::Wrap(env, std::move(buffer->memory->fd)));
  return released;
}

// takeUnsent(): { bytes, fd? } or undefined, the oldest first.
Napi::Value RequestPumpBinding::TakeUnsent(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (pump_->outbox().Empty()) return env.Undefined();
  Outbox::Unsent unsent = pump_->outbox().Take();
  auto bytes = Napi::Uint8Array::New(env, unsent.bytes.size());
  std::memcpy(bytes.Data(), unsent.bytes.data(), unsent.bytes.size());
  Napi::Object result = Napi::Object::New(env);
  result.Set("bytes", bytes);
  if (unsent.fd.Valid()) result.Set("fd", FileDescriptor::Wrap(env, std::move(unsent.fd)));
  return result;
}

}  // namespace virgl
