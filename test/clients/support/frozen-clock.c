// LD_PRELOADed, so that a program which turns things as time goes by draws the same picture again and again.
// Its libraries see the real time.

#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const time_t kThen = 1000000000;
static uintptr_t program_start, program_end;

static int find_program(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  (void)data;
  program_start = UINTPTR_MAX;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + header->p_vaddr, end = start + header->p_memsz;
    if (header->p_type != PT_LOAD) continue;
    if (start < program_start) program_start = start;
    if (end > program_end) program_end = end;
  }
  return 1;  // The program is the first of all.
}

__attribute__((constructor)) static void start(void) { dl_iterate_phdr(find_program, NULL); }

static int is_program(const void *caller) {
  return (uintptr_t)caller >= program_start && (uintptr_t)caller < program_end;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!is_program(__builtin_return_address(0))) return (int)syscall(SYS_clock_gettime, clock, now);
  *now = (struct timespec){.tv_sec = kThen};
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec time;
  (void)zone;
  if (is_program(__builtin_return_address(0)))
    time = (struct timespec){.tv_sec = kThen};
  else
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
  *now = (struct timeval){.tv_sec = time.tv_sec, .tv_usec = time.tv_nsec / 1000};
  return 0;
}
