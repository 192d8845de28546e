// The module's exports: { calls, functions, openLibrary, HostBinding, Memory, FileDescriptor, UnixSocket,
// UnixListener, EventFd, endWithParent, holdCrashes, letCrashes }.
#include "addon.h"

#include <cerrno>
#include <cstring>

#include "calls.h"
#include "crash_delay.h"
#include "end_with_parent.h"
#include "event_fd.h"
#include "file_descriptor.h"
#include "host_binding.h"
#include "memory.h"
#include "unix_listener.h"
#include "unix_socket.h"

namespace virgl {

void ThrowCode(Napi::Env env, const char *code, const std::string &message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
}

void ThrowErrno(Napi::Env env, const char *operation) { ThrowSystem(env, errno, operation); }

void ThrowSystem(Napi::Env env, int number, const char *operation) {
  ThrowSystem(env, number, operation, std::string(operation) + ": " + strerror(number));
}

void ThrowSystem(Napi::Env env, int number, const char *operation, const std::string &message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, "ERR_VIRGL_SYSTEM"));
  error.Set("errno", Napi::Number::New(env, number));
  error.Set("operation", Napi::String::New(env, operation));
  error.ThrowAsJavaScriptException();
}

Napi::Object DescribeLibrary(Napi::Env env, const VirglLibrary &library) {
  Napi::Object functions = Napi::Object::New(env);
  for (const auto &[name, present] : library.Functions())
    functions.Set(name, Napi::Boolean::New(env, present));
  Napi::Object description = Napi::Object::New(env);
  description.Set("path", library.path());
  description.Set("functions", functions);
  return description;
}

namespace {

Napi::Value OpenLibrary(const Napi::CallbackInfo &info) {
  std::string error;
  const auto library = VirglLibrary::Open(info[0].As<Napi::String>().Utf8Value(), &error);
  if (!library) {
    ThrowCode(info.Env(), "ERR_VIRGL_LIBRARY", error);
    return info.Env().Undefined();
  }
  return DescribeLibrary(info.Env(), *library);
}

Napi::Object FirstReleases(Napi::Env env) {
  Napi::Object releases = Napi::Object::New(env);
#define VIRGL_RELEASE(name, first_release, prototype) releases.Set(#name, first_release);
  VIRGL_FUNCTIONS(VIRGL_RELEASE)
#undef VIRGL_RELEASE
  return releases;
}

Napi::Object Start(Napi::Env env, Napi::Object exports) {
  auto data = std::make_unique<AddonData>();
  Napi::Function file_descriptor = FileDescriptor::Define(env);
  Napi::Function memory = Memory::Define(env);
  data->file_descriptor = Napi::Persistent(file_descriptor);
  data->memory = Napi::Persistent(memory);
  Napi::Function unix_socket = UnixSocket::Define(env);
  data->unix_socket = Napi::Persistent(unix_socket);
  env.SetInstanceData(data.release());

  Napi::Array calls = Napi::Array::New(env);
  for (const Call &call : Calls()) calls.Set(calls.Length(), call.name);
  exports.Set("calls", calls);
  exports.Set("functions", FirstReleases(env));
  exports.Set("openLibrary", Napi::Function::New(env, OpenLibrary));
  exports.Set("HostBinding", HostBinding::Define(env));
  exports.Set("Memory", memory);
  exports.Set("FileDescriptor", file_descriptor);
  exports.Set("UnixSocket", unix_socket);
  exports.Set("UnixListener", UnixListener::Define(env));
  exports.Set("EventFd", EventFd::Define(env));
  exports.Set("endWithParent", Napi::Function::New(env, EndWithParent));
  exports.Set("holdCrashes", Napi::Function::New(env, HoldCrashes));
  exports.Set("letCrashes", Napi::Function::New(env, LetCrashes));
  return exports;
}

}  // namespace

}  // namespace virgl

static Napi::Object StartAddon(Napi::Env env, Napi::Object exports) { return virgl::Start(env, exports); }

NODE_API_MODULE(virgl, StartAddon)
