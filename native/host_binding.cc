#include "host_binding.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "addon.h"
#include "calls.h"
#include "relax.h"

namespace virgl {

namespace {

// virglrenderer keeps its state in static variables: one renderer per process, whatever the number of
// threads.
std::atomic<bool> g_process_has_renderer = false;

std::span<uint32_t> WordsOf(const Napi::Value &value) {
  if (!value.IsTypedArray()) return {};
  auto array = value.As<Napi::Uint32Array>();
  return {array.Data(), array.ElementLength()};
}

}  // namespace

Napi::Function HostBinding::Define(Napi::Env env) {
  return DefineClass(env, "HostBinding",
                     {
                         InstanceMethod<&HostBinding::Wake>("wake"),
                         InstanceMethod<&HostBinding::Call>("call"),
                         InstanceMethod<&HostBinding::AwaitFence>("awaitFence"),
                         InstanceMethod<&HostBinding::Drain>("drain"),
                         InstanceMethod<&HostBinding::SetActive>("setActive"),
                         InstanceMethod<&HostBinding::LookForAnswers>("lookForAnswers"),
                         InstanceMethod<&HostBinding::Deliver>("deliver"),
                         InstanceMethod<&HostBinding::Close>("close"),
                         InstanceMethod<&HostBinding::Put>("put"),
                         InstanceMethod<&HostBinding::Take>("take"),
                         InstanceMethod<&HostBinding::Library>("library"),
                     });
}

HostBinding::HostBinding(const Napi::CallbackInfo &info) : Napi::ObjectWrap<HostBinding>(info) {
  Napi::Env env = info.Env();
  const auto ring_words = WordsOf(info[0]);
  completions_view_ = WordsOf(info[1]);
  if (!CallRing::ValidSize(ring_words.size()) || completions_view_.size() < Completions::kMaxLogBytes) {
    ThrowCode(env, "ERR_VIRGL_ARGUMENT", "HostBinding: ring or completion memory of a wrong size");
    return;
  }
  std::string error;
  library_ = VirglLibrary::Open(info[3].As<Napi::String>().Utf8Value(), &error);
  if (!library_) {
    ThrowCode(env, "ERR_VIRGL_LIBRARY", error);
    return;
  }
  if (g_process_has_renderer.exchange(true)) {
    ThrowCode(env, "ERR_VIRGL_IN_USE",
              "virglrenderer is a singleton of the process and is already open in it");
    return;
  }
  owns_process_ = true;
  ring_memory_ = Napi::Persistent(info[0].As<Napi::Object>());
  completions_memory_ = Napi::Persistent(info[1].As<Napi::Object>());

  const napi_status status =
      napi_create_threadsafe_function(env, info[2], nullptr, Napi::String::New(env, "virgl"), 0, 1, nullptr,
                                      nullptr, this, OnNotified, &notifier_);
  if (status != napi_ok) {
    ThrowCode(env, "ERR_VIRGL_SYSTEM", "napi_create_threadsafe_function failed");
    return;
  }
  napi_unref_threadsafe_function(env, notifier_);
  // Hooks run last-in first-out: added after the thread-safe function, this one ends the thread before that
  // is torn down.
  napi_add_env_cleanup_hook(env, OnEnvironmentExit, this);
  hook_added_ = true;

  callback_ = Napi::Persistent(info[2].As<Napi::Function>());
  open_ = true;
  if (info[4].ToBoolean().Value()) {
    inline_words_ = ring_words;
    // Whoever makes the calls reads what became of them, and looks for fences while any is pending.
    completions_.emplace([] {});
    renderer_.emplace(library_, parcels_, *completions_);
    executor_.emplace(*renderer_, *completions_);
    return;
  }
  completions_.emplace([this, ring = CallRing(ring_words)]() mutable {
    if (ring.AnnounceAnswers()) napi_call_threadsafe_function(notifier_, nullptr, napi_tsfn_nonblocking);
  });
  renderer_.emplace(library_, parcels_, *completions_);
  try {
    thread_.emplace(CallRing(ring_words), *renderer_, *completions_);
  } catch (const std::system_error &error) {  // no descriptor or no thread left
    errno = error.code().value();
    ThrowErrno(env, error.what());
  }
}

HostBinding::~HostBinding() { Shutdown(); }

HostBinding *HostBinding::From(Napi::Value value) {
  if (!value.IsObject()) return nullptr;
  Napi::Object object = value.As<Napi::Object>();
  if (!object.InstanceOf(AddonData::Of(value.Env()).host_binding.Value())) return nullptr;
  return Unwrap(object);
}

void HostBinding::Shutdown() {
  open_ = false;
  thread_.reset();
  if (executor_) renderer_->Cleanup();
  executor_.reset();
  if (notifier_ != nullptr) {
    napi_release_threadsafe_function(notifier_, napi_tsfn_abort);
    notifier_ = nullptr;
  }
  if (hook_added_) {
    napi_remove_env_cleanup_hook(Env(), OnEnvironmentExit, this);
    hook_added_ = false;
  }
  // Descriptors and memory on their way to calls and answers that nobody will look at.
  parcels_.Clear();
  if (owns_process_) {
    owns_process_ = false;
    g_process_has_renderer = false;
  }
}

// JavaScript thread, while the environment is being torn down.
void HostBinding::OnEnvironmentExit(void *self) {
  auto *binding = static_cast<HostBinding *>(self);
  binding->hook_added_ = false;  // it is running: it must not be removed as well
  binding->Shutdown();
}

// JavaScript thread.
void HostBinding::OnNotified(napi_env env, napi_value callback, void *self, void *) {
  if (env == nullptr || callback == nullptr) return;
  static_cast<HostBinding *>(self)->DeliverCompletions(env, Napi::Function(env, callback));
}

void HostBinding::DeliverCompletions(Napi::Env env, Napi::Function callback) {
  // The callback may close this object.
  while (open_) {
    const size_t words = completions_->Drain(completions_view_);
    if (words == 0) return;
    callback.Call({Napi::Number::New(env, static_cast<double>(words))});
    if (env.IsExceptionPending()) {
      const Napi::Error error = env.GetAndClearPendingException();
      // Goes on afterwards if somebody handled it: answers that stayed here would be waited for for ever.
      napi_fatal_exception(env, error.Value());
    }
  }
}

void HostBinding::Wake(const Napi::CallbackInfo &) {
  if (thread_) thread_->Wake();
}

// call(number, words): runs a call whose arguments are the first so many words of the ring's memory. Returns
// 0 if it succeeded with nothing to say, otherwise the words of completions that are there to be read.
Napi::Value HostBinding::Call(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const uint32_t number = info[0].As<Napi::Number>().Uint32Value();
  const size_t length = info[1].As<Napi::Number>().Uint32Value();
  if (!executor_ || length > inline_words_.size()) return Napi::Number::New(env, 0);
  if (executor_->RunQuietly(number, inline_words_.first(length))) return Napi::Number::New(env, 0);
  return Drain(info);
}

// awaitFence(microseconds): retires fences, waiting for one if none is ready. Returns the words of
// completions.
Napi::Value HostBinding::AwaitFence(const Napi::CallbackInfo &info) {
  if (!executor_) return Napi::Number::New(info.Env(), 0);
  executor_->PollFences();
  if (completions_->Empty() && executor_->FencesPending()) {
    executor_->Sleep(-1, std::chrono::microseconds(info[0].As<Napi::Number>().Int64Value()));
    executor_->PollFences();
  }
  return Drain(info);
}

Napi::Value HostBinding::Drain(const Napi::CallbackInfo &info) {
  const size_t words = completions_ ? completions_->Drain(completions_view_) : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(words));
}

// Looks for answers, for a moment only: the event loop has other things to do as well.
Napi::Value HostBinding::LookForAnswers(const Napi::CallbackInfo &info) {
  constexpr auto kLook = std::chrono::microseconds(20);
  CallRing ring(WordsOf(ring_memory_.Value()));
  return Napi::Boolean::New(info.Env(), SpinUntil([&ring] { return ring.AnswersWaiting(); }, kLook));
}

void HostBinding::Deliver(const Napi::CallbackInfo &info) {
  if (!callback_.IsEmpty()) DeliverCompletions(info.Env(), callback_.Value());
}

// While calls are pending the process must wait for them; an idle host must not keep it alive.
void HostBinding::SetActive(const Napi::CallbackInfo &info) {
  if (notifier_ == nullptr) return;
  if (info[0].As<Napi::Boolean>().Value()) {
    napi_ref_threadsafe_function(info.Env(), notifier_);
  } else {
    napi_unref_threadsafe_function(info.Env(), notifier_);
  }
}

void HostBinding::Close(const Napi::CallbackInfo &) { Shutdown(); }

// Accepts a Memory, a FileDescriptor (duplicated), a Uint8Array (pinned: the caller keeps it alive) or a
// Uint32Array (copied). Returns the token, or 0 for something else or something closed.
Napi::Value HostBinding::Put(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Parcel parcel;
  if (info[0].IsTypedArray()) {
    const auto array = info[0].As<Napi::TypedArray>();
    if (array.TypedArrayType() == napi_uint32_array) {
      const auto words = WordsOf(info[0]);
      parcel = std::vector<uint32_t>(words.begin(), words.end());
    } else {
      auto bytes = info[0].As<Napi::Uint8Array>();
      parcel = PinnedView{{reinterpret_cast<std::byte *>(bytes.Data()), bytes.ByteLength()}};
    }
  } else if (Memory *memory = Memory::From(info[0])) {
    if (memory->mapping()) parcel = memory->mapping();
  } else if (FileDescriptor *descriptor = FileDescriptor::From(info[0])) {
    UniqueFd fd = UniqueFd::Duplicate(descriptor->fd().Get());
    if (fd.Valid()) parcel = std::move(fd);
  }
  if (std::holds_alternative<std::monostate>(parcel)) return Napi::Number::New(env, 0);
  return Napi::Number::New(env, parcels_.Put(std::move(parcel)));
}

// The parcel of a result: a FileDescriptor, a Memory or a Uint32Array.
Napi::Value HostBinding::Take(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Parcel parcel = parcels_.Take(info[0].As<Napi::Number>().Uint32Value());
  if (auto *fd = std::get_if<UniqueFd>(&parcel)) return FileDescriptor::Wrap(env, std::move(*fd));
  if (auto *mapping = std::get_if<std::shared_ptr<Mapping>>(&parcel))
    return Memory::Wrap(env, std::move(*mapping));
  if (auto *words = std::get_if<std::vector<uint32_t>>(&parcel)) {
    auto array = Napi::Uint32Array::New(env, words->size());
    if (!words->empty()) std::memcpy(array.Data(), words->data(), words->size() * sizeof(uint32_t));
    return array;
  }
  return env.Undefined();
}

Napi::Value HostBinding::Library(const Napi::CallbackInfo &info) {
  return DescribeLibrary(info.Env(), *library_);
}

}  // namespace virgl
