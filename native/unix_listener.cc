#include "unix_listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "addon.h"
#include "poll_until.h"
#include "unix_address.h"
#include "unix_socket.h"

namespace virgl {

namespace {

// Two servers that start at the same path at the same time: one looks for the other while that one has bound
// its socket but does not listen yet. A lock on the folder keeps them apart and leaves no file behind. It is
// only a courtesy: whoever else holds it may not stop us for ever.
class FolderLock {
 public:
  explicit FolderLock(const std::string &path) {
    const size_t slash = path.find_last_of('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    fd_.Reset(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int attempt = 0; fd_.Valid() && attempt < 50 && flock(fd_.Get(), LOCK_EX | LOCK_NB) != 0; ++attempt)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

 private:
  UniqueFd fd_;
};

// 0 if somebody listens there, else why not.
int Probe(const Address &address) {
  UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.Valid()) return errno;
  if (connect(probe.Get(), address.Get(), address.length) == 0) return 0;
  // A full queue, and another kind of socket.
  return errno == EAGAIN || errno == EPROTOTYPE ? 0 : errno;
}

}  // namespace

Napi::Function UnixListener::Define(Napi::Env env) {
  return DefineClass(env, "UnixListener",
                     {
                         InstanceMethod<&UnixListener::Accept>("accept"),
                         InstanceMethod<&UnixListener::Number>("number"),
                         InstanceMethod<&UnixListener::Watch>("watch"),
                         InstanceMethod<&UnixListener::Close>("close"),
                     });
}

UnixListener::UnixListener(const Napi::CallbackInfo &info) : Napi::ObjectWrap<UnixListener>(info) {
  Listen(info);
}

void UnixListener::Listen(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  const auto mode = static_cast<mode_t>(info[2].As<Napi::Number>().Uint32Value());
  const auto fail = [&](const char *operation) -> void {
    const int number = errno;
    CloseAndUnlink();
    ThrowSystem(env, number, operation, std::string(operation) + " " + path + ": " + strerror(number));
  };

  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.Valid()) return fail("socket");
  // bind() gives the file the mode of the socket, less the umask, so that it never has a wider one.
  if (fchmod(fd.Get(), mode) != 0) return fail("fchmod");

  const Address address(path);
  const FolderLock lock(path);
  if (bind(fd.Get(), address.Get(), address.length) != 0) {
    if (errno != EADDRINUSE) return fail("bind");
    struct stat there;
    if (lstat(path.c_str(), &there) == 0) {
      if (!S_ISSOCK(there.st_mode)) {
        ThrowSystem(env, EEXIST, "bind", "bind " + path + ": there is a file that is not a socket");
        return;
      }
      const int refusal = Probe(address);
      if (refusal == 0) {
        ThrowSystem(env, EADDRINUSE, "bind", "bind " + path + ": a server is listening at " + path);
        return;
      }
      errno = refusal;
      if (refusal != ECONNREFUSED && refusal != ENOENT) return fail("connect");
      // Left behind by a server that ended.
      if (refusal == ECONNREFUSED && unlink(path.c_str()) != 0 && errno != ENOENT) return fail("unlink");
    }
    if (bind(fd.Get(), address.Get(), address.length) != 0) return fail("bind");
  }

  struct stat made;
  if (lstat(path.c_str(), &made) != 0) return fail("stat");
  fd_.Reset(std::move(fd));
  absolute_path_ = info[1].As<Napi::String>().Utf8Value();
  device_ = made.st_dev;
  inode_ = made.st_ino;
  if ((made.st_mode & 07777) != mode && chmod(path.c_str(), mode) != 0) return fail("chmod");
  if (listen(fd_.Get(), info[3].As<Napi::Number>().Int32Value()) != 0) return fail("listen");
}

void UnixListener::CloseAndUnlink() {
  if (!fd_.Valid()) return;
  struct stat there;
  if (lstat(absolute_path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_)
    unlink(absolute_path_.c_str());
  fd_.Close();
}

Napi::Value UnixListener::Accept(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!fd_.Valid()) {
    ThrowCode(env, "ERR_VIRGL_CLOSED", "UnixListener: already closed");
    return env.Undefined();
  }
  const double wait_ms = info[0].As<Napi::Number>().DoubleValue();
  const Deadline until = DeadlineIn(wait_ms);
  for (;;) {
    UniqueFd fd(accept4(fd_.Get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd.Valid()) return UnixSocket::Wrap(env, std::move(fd), false);
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN) {
      ThrowErrno(env, "accept");
      return env.Undefined();
    }
    if (wait_ms == 0) return env.Undefined();
    pollfd readable = {fd_.Get(), POLLIN, 0};
    const int ready = PollUntil({&readable, 1}, until);
    if (ready < 0) {
      ThrowSystem(env, -ready, "poll");
      return env.Undefined();
    }
    if (ready == 0) return env.Undefined();
  }
}

}  // namespace virgl
