// Tells JavaScript when descriptors become readable or writable. One thread per environment waits for all of
// them with epoll; what was found is handed to the JavaScript thread, which reads and writes itself, so that
// no other thread ever touches a descriptor or a buffer.
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "file_descriptor.h"

namespace virgl {

// The thread. A wait is answered once and then has to be asked for again (EPOLLONESHOT). It is known by a
// token that is never used twice: an answer that comes too late names nothing, whoever has the descriptor's
// number by then.
class EpollThread {
 public:
  // `notify` runs on the thread, after answers were put where there were none. Throws std::system_error.
  explicit EpollThread(std::function<void()> notify);
  ~EpollThread() { Join(); }
  EpollThread(const EpollThread &) = delete;
  EpollThread &operator=(const EpollThread &) = delete;

  // `known`: whether the descriptor was waited for before. False on failure, with errno set.
  bool Wait(int fd, bool known, uint64_t token, uint32_t events);
  // Before the descriptor is closed.
  void Forget(int fd);
  // Tokens whose descriptors became ready since the last call.
  std::vector<uint64_t> TakeReady();
  void Join();

 private:
  void Run();

  std::function<void()> notify_;
  UniqueFd epoll_;
  UniqueFd stop_;
  std::mutex mutex_;
  std::vector<uint64_t> ready_;
  // Last, so that the thread starts when all that it uses is there.
  std::thread thread_;
};

// The thread of an environment, and the way from it to JavaScript. JavaScript thread only.
class Readiness {
 public:
  // That of the environment, started at its first use. Null with an exception pending when it can't start.
  static std::shared_ptr<Readiness> Of(Napi::Env env);

  explicit Readiness(Napi::Env env) : env_(env) {}
  ~Readiness() { Shutdown(); }
  Readiness(const Readiness &) = delete;
  Readiness &operator=(const Readiness &) = delete;

  // Calls `ready` once, when the descriptor can be read or written or has failed. The process is kept alive
  // until then. Returns a token to cancel it with, or 0 with errno set.
  uint64_t Wait(int fd, bool known, uint32_t events, Napi::Function ready);
  void Cancel(uint64_t token);
  void Forget(int fd) { thread_->Forget(fd); }

 private:
  // False with an exception pending.
  bool Start();
  void Shutdown();
  // Whether the process must stay alive.
  void Hold(bool hold);
  void CallReady();
  static void OnEnvironmentExit(void *self);
  static void OnNotified(napi_env env, napi_value, void *self, void *data);

  Napi::Env env_;
  napi_threadsafe_function notifier_ = nullptr;
  bool hook_added_ = false;
  uint64_t last_token_ = 0;
  std::unordered_map<uint64_t, Napi::FunctionReference> waits_;
  std::unique_ptr<EpollThread> thread_;
};

// A descriptor with an owner that can be waited for. JavaScript thread only.
class WatchedFd {
 public:
  WatchedFd() = default;
  explicit WatchedFd(UniqueFd fd) : fd_(std::move(fd)) {}
  WatchedFd(WatchedFd &&) = delete;
  ~WatchedFd() { Close(); }

  int Get() const { return fd_.Get(); }
  bool Valid() const { return fd_.Valid(); }
  void Reset(UniqueFd fd);
  void Close() { Reset(UniqueFd()); }

  // What JavaScript classes share: number(): number, duplicate(): FileDescriptor, and
  // watch(events: 1 to read | 2 to write, ready: () => void), which replaces an earlier one.
  Napi::Value Number(const Napi::CallbackInfo &info) const;
  Napi::Value Duplicate(const Napi::CallbackInfo &info) const;
  void Watch(const Napi::CallbackInfo &info);

 private:
  UniqueFd fd_;
  // Who waits for it, or has; some descriptors are only closed when the environment has ended.
  std::shared_ptr<Readiness> readiness_;
  uint64_t token_ = 0;
};

}  // namespace virgl
