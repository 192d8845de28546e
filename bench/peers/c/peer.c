// The C side of the benchmarks: runs a workload file (bench/workload.ts) with libvirglrenderer and nothing
// else.
//
//   peer WORKLOAD INIT_FLAGS [RENDER_NODE]
//
// Answers lines of standard input with one line each:
//   run N     N iterations; answers "ns TOTAL", timed in here
//   picture   answers "picture HASH CENTRE CORNER" of the pixels that were read last
// Begins with "library PATH" when it is ready.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>
#include <virgl/virglrenderer.h>

#include "common.h"

// Facts: workload.ts writes these; the first one is the library's own structure, which virglrenderer.h only
// names.
struct virgl_box {
  uint32_t x, y, z, w, h, d;
};

struct workload_header {
  uint32_t magic;
  uint32_t resource_count;
  uint32_t read_resource;  // 0: nothing is read
  uint32_t read_width;
  uint32_t read_height;
  uint32_t setup_dwords;
  uint32_t frame_dwords;  // 0: nothing is submitted
};

struct workload {
  const struct workload_header *header;
  struct virgl_renderer_resource_create_args *resources;
  uint32_t *setup;
  uint32_t *frame;
  uint8_t *pixels;
  size_t pixel_bytes;
};

enum { MAGIC = 0x42475256, CONTEXT = 1, BYTES_PER_PIXEL = 4 };

static const char *render_node;

static void check(int status, const char *what) {
  if (status == 0) return;
  fprintf(stderr, "peer: %s answered %d\n", what, status);
  exit(1);
}

static void ignore_fence(void *cookie, uint32_t fence) {
  (void)cookie;
  (void)fence;
}

static int open_render_node(void *cookie) {
  (void)cookie;
  return open(render_node, O_RDWR | O_CLOEXEC);
}

static struct workload load_workload(const char *path) {
  struct workload work;
  size_t size_bytes;
  uint8_t *at = read_file(path, &size_bytes);
  work.header = (const struct workload_header *)at;
  if (work.header->magic != MAGIC) fail("the workload's magic number");
  at += sizeof *work.header;
  work.resources = (struct virgl_renderer_resource_create_args *)at;
  at += work.header->resource_count * sizeof *work.resources;
  work.setup = (uint32_t *)at;
  work.frame = work.setup + work.header->setup_dwords;
  work.pixel_bytes = (size_t)work.header->read_width * work.header->read_height * BYTES_PER_PIXEL;
  work.pixels = malloc(work.pixel_bytes);
  if (work.pixels == NULL && work.pixel_bytes != 0) fail("malloc");
  if (work.pixel_bytes != 0)
    memset(work.pixels, 1, work.pixel_bytes);  // touched, so that no page is mapped while time is taken
  return work;
}

static void set_up(const struct workload *work) {
  const char name[] = "bench";
  check(virgl_renderer_context_create(CONTEXT, sizeof name - 1, name), "context_create");
  for (uint32_t i = 0; i < work->header->resource_count; i++) {
    check(virgl_renderer_resource_create(&work->resources[i], NULL, 0), "resource_create");
    virgl_renderer_ctx_attach_resource(CONTEXT, (int)work->resources[i].handle);
  }
  if (work->header->setup_dwords == 0) return;
  check(virgl_renderer_submit_cmd(work->setup, CONTEXT, (int)work->header->setup_dwords), "setup");
}

static uint64_t run(const struct workload *work, long iterations) {
  const struct workload_header *header = work->header;
  struct virgl_box box = {.w = header->read_width, .h = header->read_height, .d = 1};
  struct iovec into = {.iov_base = work->pixels, .iov_len = work->pixel_bytes};
  const bool submits = header->frame_dwords != 0;
  const bool reads = header->read_resource != 0;
  int failed = 0;
  const uint64_t start = now_ns();
  for (long i = 0; i < iterations; i++) {
    if (submits) failed |= virgl_renderer_submit_cmd(work->frame, CONTEXT, (int)header->frame_dwords);
    if (reads) {
      failed |= virgl_renderer_transfer_read_iov(header->read_resource, CONTEXT, 0, 0, 0, &box, 0, &into, 1);
    }
  }
  const uint64_t taken = now_ns() - start;
  check(failed, "an iteration");
  return taken;
}

static void print_picture(const struct workload *work) {
  if (work->header->read_resource == 0) fail("a picture of nothing");
  const size_t middle = (size_t)work->header->read_height / 2 * work->header->read_width;
  const uint8_t *centre = work->pixels + (middle + work->header->read_width / 2) * BYTES_PER_PIXEL;
  const uint8_t *corner = work->pixels;
  printf("picture %08x %02x%02x%02x%02x %02x%02x%02x%02x\n", hash_of(work->pixels, work->pixel_bytes),
         centre[0], centre[1], centre[2], centre[3], corner[0], corner[1], corner[2], corner[3]);
}

static void print_library(void) {
  Dl_info info;
  void *symbol = dlsym(RTLD_DEFAULT, "virgl_renderer_init");
  if (symbol == NULL || dladdr(symbol, &info) == 0) fail("dladdr");
  printf("library %s\n", info.dli_fname);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: peer WORKLOAD INIT_FLAGS [RENDER_NODE]\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct workload work = load_workload(argv[1]);
  struct virgl_renderer_callbacks callbacks = {.version = 2, .write_fence = ignore_fence};
  if (argc > 3) {
    render_node = argv[3];
    callbacks.get_drm_fd = open_render_node;
  }
  int cookie;
  check(virgl_renderer_init(&cookie, atoi(argv[2]), &callbacks), "init");
  set_up(&work);
  print_library();
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strncmp(line, "run ", 4) == 0) {
      printf("ns %llu\n", (unsigned long long)run(&work, atol(line + 4)));
    } else if (strcmp(line, "picture\n") == 0) {
      print_picture(&work);
    } else {
      fail("reading a command");
    }
  }
  virgl_renderer_cleanup(&cookie);
  return 0;
}
