#include "lent_memories.h"

#include <cstring>
#include <utility>

namespace virgl {

namespace {

constexpr size_t kMaxKeptBytes = 64 * 1024;
constexpr size_t kMaxKept = 64;

}  // namespace

std::unique_ptr<LentMemory> LentMemories::Take(size_t size_bytes, const std::string &name) {
  const auto same = kept_.find(size_bytes);
  if (same != kept_.end() && !same->second.empty()) {
    auto memory = std::move(same->second.back());
    same->second.pop_back();
    --kept_count_;
    std::memset(memory->mapping->bytes().data(), 0, size_bytes);
    return memory;
  }
  auto memory = std::make_unique<LentMemory>();
  memory->mapping = Mapping::CreateMemfd(size_bytes, name);
  if (!memory->mapping) return nullptr;
  memory->fd = memory->mapping->TakeFd();
  return memory;
}

void LentMemories::Sent(LentMemory &memory) {
  if (memory.mapping->bytes().size() > kMaxKeptBytes) {
    memory.fd.Reset();
    return;
  }
  memory.place = open_.insert(open_.end(), &memory);
  memory.is_placed = true;
  if (open_.size() <= max_open_) return;
  // What is short-lived is young.
  LentMemory &oldest = *open_.front();
  Forget(oldest);
  oldest.fd.Reset();
}

void LentMemories::GiveBack(std::unique_ptr<LentMemory> memory) {
  Forget(*memory);
  if (!memory->fd.Valid() || kept_count_ >= kMaxKept) return;
  ++kept_count_;
  const size_t size_bytes = memory->mapping->bytes().size();
  kept_[size_bytes].push_back(std::move(memory));
}

void LentMemories::Forget(LentMemory &memory) {
  if (std::exchange(memory.is_placed, false)) open_.erase(memory.place);
}

}  // namespace virgl
