// Calls whose arguments are at hand, for those who need no words: each is one of the queued calls of that
// name.
#pragma once

#include <memory>
#include <span>

#include "../call_words.h"
#include "../renderer.h"

namespace virgl {

int CreateFence(Renderer &renderer, uint32_t context_id, uint32_t fence_id);
// `commands` are used where they are.
int SubmitCmd(Renderer &renderer, uint32_t context_id, std::span<uint32_t> commands, CallResult &result);
// A backing without ranges is none.
int ResourceCreate(Renderer &renderer, abi::ResourceCreateArgs args, std::unique_ptr<Backing> backing);

}  // namespace virgl
