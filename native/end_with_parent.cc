#include "end_with_parent.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "addon.h"

namespace virgl {

Napi::Value EndWithParent(const Napi::CallbackInfo &info) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    ThrowErrno(info.Env(), "prctl");
    return info.Env().Undefined();
  }
  // Of a parent that was gone before, no signal comes.
  return Napi::Boolean::New(info.Env(), getppid() == info[0].As<Napi::Number>().Int32Value());
}

}  // namespace virgl
