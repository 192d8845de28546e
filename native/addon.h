// What every part of the addon shares within one JavaScript environment.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "readiness.h"
#include "virgl_library.h"

namespace virgl {

// One per environment (main thread, each worker), so that workers don't share class objects.
struct AddonData {
  Napi::FunctionReference file_descriptor;
  Napi::FunctionReference memory;
  Napi::FunctionReference unix_socket;
  Napi::FunctionReference host_binding;
  // Null as long as nothing has been waited for.
  std::shared_ptr<Readiness> readiness;

  static AddonData &Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }
};

// Throws an Error with a `code`; lib/host turns it into a VirglError.
void ThrowCode(Napi::Env env, const char *code, const std::string &message);
// The same for a system call that failed: ERR_VIRGL_SYSTEM with `errno` and `operation`.
void ThrowErrno(Napi::Env env, const char *operation);
// With an errno, and optionally a message, of one's own.
void ThrowSystem(Napi::Env env, int number, const char *operation);
void ThrowSystem(Napi::Env env, int number, const char *operation, const std::string &message);

// { path, functions: { [symbol]: boolean } }
Napi::Object DescribeLibrary(Napi::Env env, const VirglLibrary &library);

}  // namespace virgl
