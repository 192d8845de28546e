// The calls by area; native/calls.cc puts them together.
#pragma once

#include <span>

#include "../calls.h"

namespace virgl {

std::span<const Call> RendererCalls();
std::span<const Call> ContextCalls();
std::span<const Call> FenceCalls();
std::span<const Call> ResourceCalls();
std::span<const Call> ExportCalls();
std::span<const Call> TransferCalls();

}  // namespace virgl
