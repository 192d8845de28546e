// What the calls of several areas read and write: memory, command streams, boxes; descriptors and bytes as
// results.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "../call_words.h"
#include "../renderer.h"

namespace virgl {

// A count of parcels and their tokens, a count of ranges and for each {parcel index, offset u64, length u64}.
// Null if they don't lie inside the memory.
std::unique_ptr<Backing> ReadRanges(Renderer &renderer, CallArguments &arguments);

// Ranges that virglrenderer keeps after the call: not of memory that it may unmap before.
std::unique_ptr<Backing> ReadBacking(Renderer &renderer, CallArguments &arguments);

// The commands of a submit: 0 and then the words themselves; or the token of a parcel: words, bytes of a
// JavaScript array, or shared memory with the offset and length of the words in it. The last two are used
// where they are.
struct Commands {
  std::span<uint32_t> words;
  std::vector<uint32_t> owned;
  std::shared_ptr<Mapping> owner;
};

bool ReadCommands(Renderer &renderer, CallArguments &arguments, Commands &commands);

abi::Box ReadBox(CallArguments &arguments);

// The token of the descriptor, or 0 for none.
void PutFd(Renderer &renderer, CallResult &result, int fd);

// The token of the bytes, padded to words, and their length.
void PutBytes(Renderer &renderer, CallResult &result, const void *data, size_t size_bytes);

}  // namespace virgl

// In a call: answers that the library does not have the function.
#define REQUIRE(function) \
  if (renderer.library().function == nullptr) return ENOSYS
