#include "arguments.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace virgl {

namespace {

using Owner = std::shared_ptr<Mapping>;

std::optional<std::span<std::byte>> BytesOf(const Parcel &parcel) {
  if (const auto *view = std::get_if<PinnedView>(&parcel)) return view->bytes;
  if (const auto *mapping = std::get_if<Owner>(&parcel)) return (*mapping)->bytes();
  return std::nullopt;
}

bool InWords(std::span<std::byte> bytes) {
  return reinterpret_cast<uintptr_t>(bytes.data()) % sizeof(uint32_t) == 0 &&
         bytes.size() % sizeof(uint32_t) == 0;
}

std::span<uint32_t> WordsIn(std::span<std::byte> bytes) {
  return {reinterpret_cast<uint32_t *>(bytes.data()), bytes.size() / sizeof(uint32_t)};
}

bool ReadCommandsInPlace(CallArguments &arguments, Owner memory, Commands &commands) {
  const uint64_t offset = arguments.U64();
  const uint64_t length = arguments.U64();
  const std::span<std::byte> bytes = memory->bytes();
  if (!arguments.Ok() || offset > bytes.size() || length > bytes.size() - offset) return false;
  const auto range = bytes.subspan(offset, length);
  if (!InWords(range)) return false;
  commands.words = WordsIn(range);
  commands.owner = std::move(memory);
  return true;
}

}  // namespace

// Checked here although JavaScript checks too: a mistake there must never become a wild pointer.
std::unique_ptr<Backing> ReadRanges(Renderer &renderer, CallArguments &arguments) {
  auto backing = std::make_unique<Backing>();
  std::vector<std::span<std::byte>> memories;
  bool valid = true;
  for (const uint32_t token : arguments.Words()) {
    const Parcel parcel = renderer.parcels().Take(token);
    const auto bytes = BytesOf(parcel);
    valid = valid && bytes.has_value();
    memories.push_back(bytes.value_or(std::span<std::byte>()));
    if (const auto *mapping = std::get_if<Owner>(&parcel)) backing->owners.push_back(*mapping);
  }
  const uint32_t count = arguments.U32();
  for (uint32_t i = 0; i < count && arguments.Ok(); ++i) {
    const uint32_t index = arguments.U32();
    const uint64_t offset = arguments.U64();
    const uint64_t length = arguments.U64();
    if (index >= memories.size() || offset > memories[index].size() ||
        length > memories[index].size() - offset) {
      valid = false;
      continue;
    }
    backing->iovecs.push_back({memories[index].data() + offset, static_cast<size_t>(length)});
  }
  return valid && arguments.Ok() ? std::move(backing) : nullptr;
}

std::unique_ptr<Backing> ReadBacking(Renderer &renderer, CallArguments &arguments) {
  auto backing = ReadRanges(renderer, arguments);
  if (backing == nullptr) return nullptr;
  const bool owned = std::all_of(backing->owners.begin(), backing->owners.end(),
                                 [](const Owner &owner) { return owner->owned(); });
  return owned ? std::move(backing) : nullptr;
}

bool ReadCommands(Renderer &renderer, CallArguments &arguments, Commands &commands) {
  const uint32_t token = arguments.U32();
  if (token == 0) {
    commands.words = arguments.Words();
    return arguments.Ok();
  }
  Parcel parcel = renderer.parcels().Take(token);
  if (auto *memory = std::get_if<Owner>(&parcel))
    return ReadCommandsInPlace(arguments, std::move(*memory), commands);
  if (const auto *view = std::get_if<PinnedView>(&parcel)) {
    commands.words = WordsIn(view->bytes);
    return InWords(view->bytes);
  }
  auto *words = std::get_if<std::vector<uint32_t>>(&parcel);
  if (words == nullptr) return false;
  commands.owned = std::move(*words);
  commands.words = commands.owned;
  return true;
}

abi::Box ReadBox(CallArguments &arguments) {
  abi::Box box;
  box.x = arguments.U32();
  box.y = arguments.U32();
  box.z = arguments.U32();
  box.w = arguments.U32();
  box.h = arguments.U32();
  box.d = arguments.U32();
  return box;
}

void PutFd(Renderer &renderer, CallResult &result, int fd) {
  result.U32(fd >= 0 ? renderer.parcels().Put(UniqueFd(fd)) : 0);
}

void PutBytes(Renderer &renderer, CallResult &result, const void *data, size_t size_bytes) {
  std::vector<uint32_t> words((size_bytes + 3) / 4);
  if (size_bytes > 0) std::memcpy(words.data(), data, size_bytes);
  result.U32(renderer.parcels().Put(std::move(words)));
  result.U32(static_cast<uint32_t>(size_bytes));
}

}  // namespace virgl
