#include "readiness.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "addon.h"

namespace virgl {

namespace {

// Tokens of JavaScript start at 1.
constexpr uint64_t kStopToken = 0;

// Of watch() in JavaScript.
constexpr uint32_t kRead = 1;
constexpr uint32_t kWrite = 2;

UniqueFd Checked(int fd, const char *operation) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), operation);
  return UniqueFd(fd);
}

}  // namespace

EpollThread::EpollThread(std::function<void()> notify)
    : notify_(std::move(notify)),
      epoll_(Checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      stop_(Checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = kStopToken}};
  if (epoll_ctl(epoll_.Get(), EPOLL_CTL_ADD, stop_.Get(), &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  thread_ = std::thread([this] { Run(); });
}

bool EpollThread::Wait(int fd, bool known, uint64_t token, uint32_t events) {
  epoll_event event = {.events = events | EPOLLONESHOT, .data = {.u64 = token}};
  return epoll_ctl(epoll_.Get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0;
}

void EpollThread::Forget(int fd) { epoll_ctl(epoll_.Get(), EPOLL_CTL_DEL, fd, nullptr); }

std::vector<uint64_t> EpollThread::TakeReady() {
  std::lock_guard lock(mutex_);
  return std::exchange(ready_, {});
}

void EpollThread::Join() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_.Get(), &one, sizeof one);
  thread_.join();
}

void EpollThread::Run() {
  pthread_setname_np(pthread_self(), "virgl-ipc");
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = epoll_wait(epoll_.Get(), events.data(), events.size(), -1);
    // Only a signal interrupts it; everything else would be a bug here.
    if (count < 0) continue;
    bool first = false;
    {
      std::lock_guard lock(mutex_);
      first = ready_.empty();
      for (int i = 0; i < count; ++i) {
        if (events[i].data.u64 == kStopToken) return;
        ready_.push_back(events[i].data.u64);
      }
    }
    if (first) notify_();
  }
}

void Readiness::Start(const Napi::CallbackInfo &info) {
  auto &readiness = AddonData::Of(info.Env()).readiness;
  if (readiness) return;
  auto started = std::make_unique<Readiness>(info.Env());
  if (started->Begin(info[0].As<Napi::Function>())) readiness = std::move(started);
}

bool Readiness::Begin(Napi::Function on_ready) {
  const napi_status status =
      napi_create_threadsafe_function(env_, on_ready, nullptr, Napi::String::New(env_, "virgl-ipc"), 0, 1,
                                      nullptr, nullptr, this, OnNotified, &notifier_);
  if (status != napi_ok) {
    ThrowCode(env_, "ERR_VIRGL_SYSTEM", "napi_create_threadsafe_function failed");
    return false;
  }
  napi_unref_threadsafe_function(env_, notifier_);
  // Hooks run last-in first-out: added after the thread-safe function, this one ends the thread before that
  // is torn down.
  napi_add_env_cleanup_hook(env_, OnEnvironmentExit, this);
  hook_added_ = true;
  try {
    thread_ = std::make_shared<EpollThread>(
        [this] { napi_call_threadsafe_function(notifier_, nullptr, napi_tsfn_nonblocking); });
  } catch (const std::system_error &error) {  // no descriptor or no thread left
    errno = error.code().value();
    ThrowErrno(env_, "starting the thread that waits for descriptors");
    return false;
  }
  return true;
}

void Readiness::Shutdown() {
  if (thread_) thread_->Join();
  if (notifier_ != nullptr) {
    napi_release_threadsafe_function(notifier_, napi_tsfn_abort);
    notifier_ = nullptr;
  }
  if (hook_added_) {
    napi_remove_env_cleanup_hook(env_, OnEnvironmentExit, this);
    hook_added_ = false;
  }
}

// JavaScript thread, while the environment is being torn down.
void Readiness::OnEnvironmentExit(void *self) {
  auto *readiness = static_cast<Readiness *>(self);
  readiness->hook_added_ = false;  // it is running: it must not be removed as well
  readiness->Shutdown();
}

// JavaScript thread.
void Readiness::OnNotified(napi_env raw_env, napi_value on_ready, void *self, void *) {
  if (raw_env == nullptr || on_ready == nullptr) return;
  Napi::Env env(raw_env);
  const Napi::Function callback(env, on_ready);
  for (const uint64_t token : static_cast<Readiness *>(self)->thread_->TakeReady()) {
    callback.Call({Napi::Number::New(env, static_cast<double>(token))});
    if (env.IsExceptionPending()) {
      const Napi::Error error = env.GetAndClearPendingException();
      // Goes on afterwards if somebody handled it: the others are ready all the same.
      napi_fatal_exception(env, error.Value());
    }
  }
}

void Readiness::KeepAwake(const Napi::CallbackInfo &info) {
  const auto &readiness = AddonData::Of(info.Env()).readiness;
  if (!readiness || readiness->notifier_ == nullptr) return;
  if (info[0].As<Napi::Boolean>().Value()) {
    napi_ref_threadsafe_function(info.Env(), readiness->notifier_);
  } else {
    napi_unref_threadsafe_function(info.Env(), readiness->notifier_);
  }
}

WatchedFd &WatchedFd::operator=(WatchedFd &&other) noexcept {
  if (this == &other) return *this;
  Close();
  fd_ = std::move(other.fd_);
  watcher_ = std::move(other.watcher_);
  return *this;
}

void WatchedFd::Close() {
  // A descriptor that has duplicates would be waited for even after it is closed.
  if (watcher_) watcher_->Forget(fd_.Get());
  watcher_.reset();
  fd_.Reset();
}

Napi::Value WatchedFd::Number(const Napi::CallbackInfo &info) const {
  return Napi::Number::New(info.Env(), fd_.Get());
}

Napi::Value WatchedFd::Duplicate(const Napi::CallbackInfo &info) const {
  UniqueFd copy = UniqueFd::Duplicate(fd_.Get());
  if (!copy.Valid()) {
    ThrowErrno(info.Env(), "dup");
    return info.Env().Undefined();
  }
  return FileDescriptor::Wrap(info.Env(), std::move(copy));
}

void WatchedFd::Watch(const Napi::CallbackInfo &info) {
  const auto &readiness = AddonData::Of(info.Env()).readiness;
  if (!readiness) {
    ThrowCode(info.Env(), "ERR_VIRGL_CLOSED", "watch: nothing waits for descriptors");
    return;
  }
  const auto token = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
  const uint32_t wanted = info[1].As<Napi::Number>().Uint32Value();
  const uint32_t events = ((wanted & kRead) != 0 ? EPOLLIN | EPOLLRDHUP : 0u) |
                          ((wanted & kWrite) != 0 ? static_cast<uint32_t>(EPOLLOUT) : 0u);
  if (!readiness->thread()->Wait(fd_.Get(), watcher_ != nullptr, token, events)) {
    ThrowErrno(info.Env(), "epoll_ctl");
    return;
  }
  watcher_ = readiness->thread();
}

}  // namespace virgl
