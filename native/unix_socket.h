// Unix sockets that carry file descriptors (unix(7), SCM_RIGHTS). Nothing here is ever left non-blocking for
// others: each call says so itself (MSG_DONTWAIT), because a descriptor's flags are shared with every process
// that has it.
#pragma once

#include <napi.h>
#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <span>

#include "file_descriptor.h"
#include "readiness.h"

namespace virgl {

// JavaScript: connect(path, waitMs), pair(seqpacket), adopt(FileDescriptor) make one; receive(), send(),
// takeFd(), peer(), growSendBuffer(), shutdown(), and what WatchedFd has. Waits in receive() and send() block
// the thread.
class UnixSocket : public Napi::ObjectWrap<UnixSocket> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Value Wrap(Napi::Env env, UniqueFd fd, bool seqpacket);

  // The wrapped object, or null when `value` is something else.
  static UnixSocket *From(Napi::Value value);

  explicit UnixSocket(const Napi::CallbackInfo &info) : Napi::ObjectWrap<UnixSocket>(info) {}

  // Borrowed; -1 once closed.
  int Fd() const { return fd_.Get(); }
  // As ReceiveMessage; descriptors wait for takeFd().
  ssize_t TryReceive(std::span<std::byte> into);
  // Throws what JavaScript is told of an errno of ReceiveMessage.
  static void ThrowReceive(Napi::Env env, int number, size_t room_bytes);

 private:
  static Napi::Value Connect(const Napi::CallbackInfo &info);
  static Napi::Value Pair(const Napi::CallbackInfo &info);
  static Napi::Value Adopt(const Napi::CallbackInfo &info);

  // receive(into, waitMs, spinMicroseconds, alsoWake?): bytes, 0 at the end, kNothing or kWoken.
  Napi::Value Receive(const Napi::CallbackInfo &info);
  // send(parts, skipBytes, fds?, waitMs): bytes sent beyond skipBytes before it would have had to wait
  // longer.
  Napi::Value Send(const Napi::CallbackInfo &info);
  Napi::Value TakeFd(const Napi::CallbackInfo &info);
  Napi::Value Peer(const Napi::CallbackInfo &info);
  void GrowSendBuffer(const Napi::CallbackInfo &info);
  void Shutdown(const Napi::CallbackInfo &info);
  Napi::Value Seqpacket(const Napi::CallbackInfo &info) { return Napi::Boolean::New(info.Env(), seqpacket_); }
  Napi::Value Number(const Napi::CallbackInfo &info) { return fd_.Number(info); }
  Napi::Value Duplicate(const Napi::CallbackInfo &info) { return fd_.Duplicate(info); }
  void Watch(const Napi::CallbackInfo &info) { fd_.Watch(info); }
  void Close(const Napi::CallbackInfo &info);

  // As ReceiveMessage; ECANCELED when another descriptor ended the wait, EBADFD when that is none.
  ssize_t WaitAndReceive(const Napi::CallbackInfo &info, std::span<std::byte> into);
  // 0 when all is sent, EAGAIN when the peer has to read first, else an errno. `parts` is used up.
  int SendParts(std::span<iovec> parts, std::span<const int> fds, double wait_ms, size_t *sent_bytes);

  WatchedFd fd_;
  bool seqpacket_ = false;
  std::deque<UniqueFd> received_fds_;
};

}  // namespace virgl
