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

// Those of waits start at 1.
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

std::shared_ptr<Readiness> Readiness::Of(Napi::Env env) {
  auto &readiness = AddonData::Of(env).readiness;
  if (!readiness) {
    auto started = std::make_shared<Readiness>(env);
    if (started->Start()) readiness = std::move(started);
  }
  return readiness;
}

bool Readiness::Start() {
  const napi_status status =
      napi_create_threadsafe_function(env_, nullptr, nullptr, Napi::String::New(env_, "virgl-ipc"), 0, 1,
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
    thread_ = std::make_unique<EpollThread>(
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
  waits_.clear();
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

void Readiness::Hold(bool hold) {
  if (notifier_ == nullptr) return;
  if (hold) {
    napi_ref_threadsafe_function(env_, notifier_);
  } else {
    napi_unref_threadsafe_function(env_, notifier_);
  }
}

uint64_t Readiness::Wait(int fd, bool known, uint32_t events, Napi::Function ready) {
  const uint64_t token = ++last_token_;
  if (!thread_->Wait(fd, known, token, events)) return 0;
  waits_.emplace(token, Napi::Persistent(ready));
  if (waits_.size() == 1) Hold(true);
  return token;
}

void Readiness::Cancel(uint64_t token) {
  if (waits_.erase(token) != 0 && waits_.empty()) Hold(false);
}

// JavaScript thread.
void Readiness::OnNotified(napi_env env, napi_value, void *self, void *) {
  if (env != nullptr) static_cast<Readiness *>(self)->CallReady();
}

void Readiness::CallReady() {
  for (const uint64_t token : thread_->TakeReady()) {
    const auto wait = waits_.find(token);
    if (wait == waits_.end()) continue;  // Cancelled since, or asked for anew.
    const Napi::HandleScope scope(env_);
    const Napi::Function ready = wait->second.Value();
    Cancel(token);
    ready.Call({});
    if (env_.IsExceptionPending()) {
      const Napi::Error error = env_.GetAndClearPendingException();
      // Goes on afterwards if somebody handled it: the others are ready all the same.
      napi_fatal_exception(env_, error.Value());
    }
  }
}

void WatchedFd::Reset(UniqueFd fd) {
  if (readiness_) {
    readiness_->Cancel(token_);
    // Or it would be waited for even when it is closed, if there are duplicates of it.
    readiness_->Forget(fd_.Get());
  }
  readiness_.reset();
  fd_ = std::move(fd);
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
  const auto readiness = Readiness::Of(info.Env());
  if (!readiness) return;
  const uint32_t wanted = info[0].As<Napi::Number>().Uint32Value();
  const uint32_t events = ((wanted & kRead) != 0 ? static_cast<uint32_t>(EPOLLIN) : 0u) |
                          ((wanted & kWrite) != 0 ? static_cast<uint32_t>(EPOLLOUT) : 0u);
  const uint64_t token =
      readiness->Wait(fd_.Get(), readiness_ != nullptr, events, info[1].As<Napi::Function>());
  if (token == 0) {
    ThrowErrno(info.Env(), "epoll_ctl");
    return;
  }
  if (readiness_) readiness_->Cancel(token_);
  readiness_ = readiness;
  token_ = token;
}

}  // namespace virgl
