// What is sent to a client: at once, as far as the client has read what came before; the rest waits here, in
// its order.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "../file_descriptor.h"

namespace virgl {

class Outbox {
 public:
  struct Unsent {
    std::vector<std::byte> bytes;
    // Goes with the first of them.
    UniqueFd fd;
  };

  // 0 or an errno. `fd` is borrowed, or -1.
  int Send(int socket, std::span<const std::byte> bytes, int fd = -1);

  // The same, but as long as the client goes on reading it is waited for.
  int SendWaiting(int socket, std::span<const std::byte> bytes);

  bool Empty() const { return unsent_.empty(); }
  // The oldest; there must be one.
  Unsent Take();

 private:
  std::deque<Unsent> unsent_;
};

}  // namespace virgl
