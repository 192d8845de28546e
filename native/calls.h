// The calls that JavaScript can queue: their names, in the order of their numbers, and what each one does.
#pragma once

#include <span>

#include "call_words.h"
#include "renderer.h"

namespace virgl {

struct Call {
  const char *name;
  // Runs on the render thread. Returns 0 or an errno of either sign, as virglrenderer does.
  int (*run)(Renderer &renderer, CallArguments &arguments, CallResult &result);
};

// A call's number is its index. JavaScript looks numbers up by name, so that only names are shared.
std::span<const Call> Calls();

}  // namespace virgl
