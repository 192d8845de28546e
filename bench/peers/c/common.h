// What the C peers share.

#ifndef BENCH_PEERS_C_COMMON_H
#define BENCH_PEERS_C_COMMON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void fail(const char *what) {
  fprintf(stderr, "peer: %s failed\n", what);
  exit(1);
}

static inline uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// The whole file; its size goes to size_bytes.
static inline uint8_t *read_file(const char *path, size_t *size_bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
  const long size = ftell(file);
  uint8_t *bytes = size > 0 ? malloc((size_t)size) : NULL;
  rewind(file);
  if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) fail(path);
  fclose(file);
  *size_bytes = (size_t)size;
  return bytes;
}

// FNV-1a, as hash.ts.
static inline uint32_t hash_of(const void *data, size_t size_bytes) {
  const uint8_t *bytes = data;
  uint32_t hash = 0x811c9dc5;
  for (size_t i = 0; i < size_bytes; i++) hash = (hash ^ bytes[i]) * 0x01000193;
  return hash;
}

#endif
