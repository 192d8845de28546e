// Memory that is shared with a client, and the descriptor by which the client gets it. Small pieces are used
// again: a new memory costs more than all the rest of making a short-lived buffer.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "../file_descriptor.h"
#include "../memory.h"

namespace virgl {

struct LentMemory {
  std::shared_ptr<Mapping> mapping;
  // Open until it was sent, or for as long as the memory may be used again.
  UniqueFd fd;
  // Its place among those that are open and in use.
  std::list<LentMemory *>::iterator place;
  bool is_placed = false;
};

// The memories of one client. None is ever given to another one.
class LentMemories {
 public:
  // Of memories in use, at most so many descriptors stay open.
  explicit LentMemories(size_t max_open) : max_open_(max_open) {}
  LentMemories(const LentMemories &) = delete;

  // Memory full of zeroes; null when the system has none.
  std::unique_ptr<LentMemory> Take(size_t size_bytes, const std::string &name);
  // The client has got its descriptor.
  void Sent(LentMemory &memory);
  // Nobody uses it any more.
  void GiveBack(std::unique_ptr<LentMemory> memory);
  // Somebody else looks after it from now on.
  void Forget(LentMemory &memory);

 private:
  const size_t max_open_;
  size_t kept_count_ = 0;
  std::unordered_map<size_t, std::vector<std::unique_ptr<LentMemory>>> kept_;
  // The oldest first.
  std::list<LentMemory *> open_;
};

}  // namespace virgl
