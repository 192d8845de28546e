#include "crash_delay.h"

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>

#include "addon.h"

namespace virgl {

namespace {

constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

std::atomic<int> holders = 0;
std::atomic<long> delay_milliseconds = 0;
std::array<struct sigaction, kFatal.size()> before;
std::once_flag installed;

// Calls only what may be called where anything can be half done: signal-safety(7).
void Wait(long milliseconds) {
  timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

void BeforeCrash(int number, siginfo_t *info, void *) {
  const int saved_errno = errno;
  if (holders > 0) Wait(delay_milliseconds);
  for (size_t i = 0; i < kFatal.size(); ++i)
    if (kFatal[i] == number) sigaction(number, &before[i], nullptr);
  // A fault happens again when this returns, with the handler that was there before; a signal that was sent
  // does not.
  if (info->si_code <= 0) raise(number);
  errno = saved_errno;
}

// Node unloads an addon with the last thread that loaded it; a handler has to stay.
void StayLoaded() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void *>(BeforeCrash), &self) != 0)
    dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

void Install() {
  StayLoaded();
  struct sigaction action = {};
  action.sa_sigaction = BeforeCrash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &action, &before[i]);
}

}  // namespace

void HoldCrashes(const Napi::CallbackInfo &info) {
  delay_milliseconds = info[0].As<Napi::Number>().Int64Value();
  holders += 1;
  std::call_once(installed, Install);
}

void LetCrashes(const Napi::CallbackInfo &) { holders -= 1; }

}  // namespace virgl
