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

// The thread of an environment, and the way from it to JavaScript.
class Readiness {
 public:
  // JavaScript: startReadiness(onReady: (token: number) => void), once per environment, and
  // keepAwake(yes: boolean): whether the process must wait for what is waited for.
  static void Start(const Napi::CallbackInfo &info);
  static void KeepAwake(const Napi::CallbackInfo &info);

  explicit Readiness(Napi::Env env) : env_(env) {}
  ~Readiness() { Shutdown(); }
  Readiness(const Readiness &) = delete;
  Readiness &operator=(const Readiness &) = delete;

  const std::shared_ptr<EpollThread> &thread() const { return thread_; }

 private:
  // False with an exception pending.
  bool Begin(Napi::Function on_ready);
  void Shutdown();
  static void OnEnvironmentExit(void *self);
  static void OnNotified(napi_env env, napi_value on_ready, void *self, void *data);

  Napi::Env env_;
  napi_threadsafe_function notifier_ = nullptr;
  bool hook_added_ = false;
  // Shared with the descriptors that it waits for: some are only closed when the environment has ended.
  std::shared_ptr<EpollThread> thread_;
};

// A descriptor with an owner that can be waited for. JavaScript thread only.
class WatchedFd {
 public:
  WatchedFd() = default;
  explicit WatchedFd(UniqueFd fd) : fd_(std::move(fd)) {}
  WatchedFd &operator=(WatchedFd &&other) noexcept;
  ~WatchedFd() { Close(); }

  int Get() const { return fd_.Get(); }
  bool Valid() const { return fd_.Valid(); }
  void Close();

  // What JavaScript classes share: number(): number, duplicate(): FileDescriptor, and
  // watch(token: number, events: 1 to read | 2 to write).
  Napi::Value Number(const Napi::CallbackInfo &info) const;
  Napi::Value Duplicate(const Napi::CallbackInfo &info) const;
  void Watch(const Napi::CallbackInfo &info);

 private:
  UniqueFd fd_;
  // Who waits for it; null as long as nobody has.
  std::shared_ptr<EpollThread> watcher_;
};

}  // namespace virgl
