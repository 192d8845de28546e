// A process that may not outlive the one that started it, whatever it is doing then: prctl(2),
// PR_SET_PDEATHSIG.
#pragma once

#include <napi.h>

namespace virgl {

// JavaScript: endWithParent(parent). The kernel kills this process when the thread that started it ends.
// False when `parent` is not its parent (any more): nothing will end it then.
Napi::Value EndWithParent(const Napi::CallbackInfo &info);

}  // namespace virgl
