// One message of a Unix socket: bytes, and file descriptors beside them (unix(7), SCM_RIGHTS). Neither
// function blocks, whatever the descriptor's flags say: those are shared with every process that has it.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <span>

#include "file_descriptor.h"

namespace virgl {

// SCM_MAX_FD of the kernel.
constexpr size_t kMaxFdsOfMessage = 253;
// A peer that sends descriptors nobody takes may not use up those of the process.
constexpr size_t kMaxWaitingFds = 1024;

// Bytes, 0 at the end of the stream, or a negative errno: EAGAIN when there is nothing, EMSGSIZE for a
// message longer than `into`, EMFILE when descriptors of it could not be received, ETOOMANYREFS when too many
// wait in `fds`. Descriptors that came are appended to `fds`; after an error all that came with it are
// closed.
ssize_t ReceiveMessage(int socket, std::span<std::byte> into, std::deque<UniqueFd> &fds);

// Bytes sent or a negative errno: EAGAIN when the peer has to read first. The descriptors go with the first
// byte.
ssize_t SendMessage(int socket, std::span<const iovec> parts, std::span<const int> fds);

}  // namespace virgl
