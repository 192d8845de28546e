// The addon's JavaScript class behind NativeHost: owns library, parcels, completions, renderer and render
// thread.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "completions.h"
#include "parcels.h"
#include "render_thread.h"
#include "renderer.h"

namespace virgl {

// new HostBinding(ring: Uint32Array, completions: Uint32Array, onCompletions: (words) => void, libraryPath:
// string, inline: boolean)
class HostBinding : public Napi::ObjectWrap<HostBinding> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit HostBinding(const Napi::CallbackInfo &info);
  ~HostBinding() override;

  // The wrapped object, or null when `value` is something else.
  static HostBinding *From(Napi::Value value);
  // Where calls run where they are made and the host is open; otherwise null.
  CallExecutor *executor() { return executor_ ? &*executor_ : nullptr; }
  // There whenever executor() is.
  Renderer &renderer() { return *renderer_; }
  Completions &completions() { return *completions_; }

 private:
  // Ends the thread and gives the process's one renderer free. Also runs when the environment ends.
  void Shutdown();
  static void OnEnvironmentExit(void *self);
  static void OnNotified(napi_env env, napi_value callback, void *self, void *data);
  void DeliverCompletions(Napi::Env env, Napi::Function callback);

  Napi::Value Call(const Napi::CallbackInfo &info);
  Napi::Value AwaitFence(const Napi::CallbackInfo &info);
  Napi::Value Drain(const Napi::CallbackInfo &info);
  void Wake(const Napi::CallbackInfo &info);
  void SetActive(const Napi::CallbackInfo &info);
  Napi::Value LookForAnswers(const Napi::CallbackInfo &info);
  void Deliver(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);
  Napi::Value Put(const Napi::CallbackInfo &info);
  Napi::Value Take(const Napi::CallbackInfo &info);
  Napi::Value Library(const Napi::CallbackInfo &info);

  // Order matters: members are destroyed from the last to the first, so that the thread ends before what it
  // uses.
  bool owns_process_ = false;
  bool open_ = false;
  bool hook_added_ = false;
  Napi::ObjectReference ring_memory_;
  Napi::ObjectReference completions_memory_;
  std::span<uint32_t> completions_view_;
  // Where the arguments of an inline host's calls are.
  std::span<uint32_t> inline_words_;
  Napi::FunctionReference callback_;
  napi_threadsafe_function notifier_ = nullptr;
  std::shared_ptr<const VirglLibrary> library_;
  ParcelTable parcels_;
  std::optional<Completions> completions_;
  std::optional<Renderer> renderer_;
  // One of the two: a thread that takes the calls, or whoever calls run().
  std::optional<RenderThread> thread_;
  std::optional<CallExecutor> executor_;
};

}  // namespace virgl
