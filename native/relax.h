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

// Asks `found` again and again for at most `limit`; returns what it said last. What takes long to ask is
// asked only a few times between looks at the clock.
template <int looks_between_clocks = 20, typename Found>
bool SpinUntil(Found found, std::chrono::microseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  do {
    for (int i = 0; i < looks_between_clocks; ++i) {
      if (found()) return true;
      Relax();
    }
    // On a busy machine the one that is waited for may need this very processor.
    sched_yield();
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

}  // namespace virgl
