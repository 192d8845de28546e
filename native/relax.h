// Looking for something that another processor is about to write, without slowing that processor down.
#pragma once

#include <sched.h>

#include <chrono>

namespace virgl {

inline void Relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Asks `found` again and again for at most `limit`; returns what it said last.
template <typename Found>
bool SpinUntil(Found found, std::chrono::microseconds limit) {
  constexpr int kLooksBetweenClocks = 20;
  const auto until = std::chrono::steady_clock::now() + limit;
  do {
    for (int i = 0; i < kLooksBetweenClocks; ++i) {
      if (found()) return true;
      Relax();
    }
    // On a busy machine the one that is waited for may need this very processor.
    sched_yield();
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

}  // namespace virgl
