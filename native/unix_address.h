// The address of a Unix socket in the file system (unix(7)).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace virgl {

struct Address {
  sockaddr_un name = {};
  socklen_t length = 0;

  // JavaScript has checked that it fits.
  explicit Address(const std::string &path) {
    name.sun_family = AF_UNIX;
    const size_t bytes = std::min(path.size(), sizeof name.sun_path - 1);
    std::memcpy(name.sun_path, path.data(), bytes);
    length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + bytes + 1);
  }
  const sockaddr *Get() const { return reinterpret_cast<const sockaddr *>(&name); }
};

}  // namespace virgl
