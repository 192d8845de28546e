// The C side of the benchmarks of command streams, which need no renderer.
//
//   stream draw BATCH     writes draws; after each BATCH it begins anew, in the same memory
//   stream state BATCH    writes changes of state, likewise
//   stream decode FILE    walks the commands of a stream and reads every dword
//   stream print FILE     prints every dword of a stream to memory
//
// Answers lines of standard input with one line each:
//   run N     N draws, N changes of state, or N bytes of the stream; answers "ns TOTAL", timed in here
//   digest    answers "digest DIGEST" of what was written or read
// Begins with "ready".

#define _GNU_SOURCE
#include <stdbool.h>
#include <string.h>

#include "common.h"

// Facts: virglrenderer src/virgl_protocol.h; Mesa's virgl_encode.c writes them one by one like this.
enum {
  BIND_OBJECT = 2,
  SET_VIEWPORT_STATE = 4,
  SET_FRAMEBUFFER_STATE = 5,
  SET_VERTEX_BUFFERS = 6,
  DRAW_VBO = 8,
  SET_SAMPLER_VIEWS = 10,
  SET_INDEX_BUFFER = 11,
  SET_CONSTANT_BUFFER = 12,
  SET_STENCIL_REF = 13,
  SET_BLEND_COLOR = 14,
  SET_SCISSOR_STATE = 15,
  BIND_SAMPLER_STATES = 18,
  SET_SAMPLE_MASK = 24,
  SET_UNIFORM_BUFFER = 27,
  BIND_SHADER = 31,
  SET_MIN_SAMPLES = 33,
  SET_SHADER_BUFFERS = 34,
};
enum { BLEND = 1, RASTERIZER = 2, DSA = 3, VERTEX_ELEMENTS = 5 };
enum { VERTEX, FRAGMENT };
enum { TRIANGLES = 4 };

// The functions that write commands stay functions, with arguments that come from memory, as in a driver.
#define COMMAND __attribute__((noinline)) static void

struct output {
  uint32_t *dwords;
  size_t length;
};

static void put(struct output *out, uint32_t dword) { out->dwords[out->length++] = dword; }

static void put_float(struct output *out, float value) {
  uint32_t dword;
  memcpy(&dword, &value, sizeof dword);
  put(out, dword);
}

static void put_floats(struct output *out, const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) put_float(out, values[i]);
}

static void put_header(struct output *out, uint32_t opcode, uint32_t object, uint32_t payload_dwords) {
  put(out, opcode | object << 8 | payload_dwords << 16);
}

struct draw {
  uint32_t start, count, mode;
  bool indexed;
  uint32_t instance_count;
  int32_t index_bias;
  uint32_t start_instance;
  bool primitive_restart;
  uint32_t restart_index, min_index, max_index, count_from_so;
};

COMMAND draw_vbo(struct output *out, const struct draw *draw) {
  put_header(out, DRAW_VBO, 0, 12);
  put(out, draw->start);
  put(out, draw->count);
  put(out, draw->mode);
  put(out, draw->indexed);
  put(out, draw->instance_count);
  put(out, (uint32_t)draw->index_bias);
  put(out, draw->start_instance);
  put(out, draw->primitive_restart);
  put(out, draw->restart_index);
  put(out, draw->min_index);
  put(out, draw->max_index);
  put(out, draw->count_from_so);
}

struct viewport {
  float scale[3], translate[3];
};

struct scissor {
  uint16_t min_x, min_y, max_x, max_y;
};

struct vertex_buffer {
  uint32_t stride, offset, resource;
};

struct buffer_range {
  uint32_t offset, length, resource;
};

COMMAND set_framebuffer_state(struct output *out, uint32_t depth_stencil, const uint32_t *colors,
                              uint32_t count) {
  put_header(out, SET_FRAMEBUFFER_STATE, 0, 2 + count);
  put(out, count);
  put(out, depth_stencil);
  for (uint32_t i = 0; i < count; i++) put(out, colors[i]);
}

COMMAND set_viewport_state(struct output *out, const struct viewport *viewport) {
  put_header(out, SET_VIEWPORT_STATE, 0, 7);
  put(out, 0);
  put_floats(out, viewport->scale, 3);
  put_floats(out, viewport->translate, 3);
}

COMMAND set_scissor_state(struct output *out, const struct scissor *scissor) {
  put_header(out, SET_SCISSOR_STATE, 0, 3);
  put(out, 0);
  put(out, scissor->min_x | (uint32_t)scissor->min_y << 16);
  put(out, scissor->max_x | (uint32_t)scissor->max_y << 16);
}

COMMAND bind_object(struct output *out, uint32_t type, uint32_t handle) {
  put_header(out, BIND_OBJECT, type, 1);
  put(out, handle);
}

COMMAND set_vertex_buffers(struct output *out, const struct vertex_buffer *buffers, uint32_t count) {
  put_header(out, SET_VERTEX_BUFFERS, 0, 3 * count);
  for (uint32_t i = 0; i < count; i++) {
    put(out, buffers[i].stride);
    put(out, buffers[i].offset);
    put(out, buffers[i].resource);
  }
}

COMMAND set_index_buffer(struct output *out, uint32_t resource, uint32_t index_size, uint32_t offset) {
  put_header(out, SET_INDEX_BUFFER, 0, 3);
  put(out, resource);
  put(out, index_size);
  put(out, offset);
}

COMMAND bind_shader(struct output *out, uint32_t handle, uint32_t stage) {
  put_header(out, BIND_SHADER, 0, 2);
  put(out, handle);
  put(out, stage);
}

COMMAND set_constant_buffer(struct output *out, uint32_t stage, const float *data, uint32_t count) {
  put_header(out, SET_CONSTANT_BUFFER, 0, 2 + count);
  put(out, stage);
  put(out, 0);
  put_floats(out, data, count);
}

COMMAND set_uniform_buffer(struct output *out, uint32_t stage, uint32_t index,
                           const struct buffer_range *range) {
  put_header(out, SET_UNIFORM_BUFFER, 0, 5);
  put(out, stage);
  put(out, index);
  put(out, range->offset);
  put(out, range->length);
  put(out, range->resource);
}

COMMAND set_handles(struct output *out, uint32_t opcode, uint32_t stage, const uint32_t *handles,
                    uint32_t count) {
  put_header(out, opcode, 0, 2 + count);
  put(out, stage);
  put(out, 0);
  for (uint32_t i = 0; i < count; i++) put(out, handles[i]);
}

COMMAND set_shader_buffer(struct output *out, uint32_t stage, const struct buffer_range *range) {
  put_header(out, SET_SHADER_BUFFERS, 0, 5);
  put(out, stage);
  put(out, 0);
  put(out, range->offset);
  put(out, range->length);
  put(out, range->resource);
}

COMMAND set_stencil_ref(struct output *out, uint32_t front, uint32_t back) {
  put_header(out, SET_STENCIL_REF, 0, 1);
  put(out, front | back << 8);
}

COMMAND set_blend_color(struct output *out, const float *color) {
  put_header(out, SET_BLEND_COLOR, 0, 4);
  put_floats(out, color, 4);
}

COMMAND set_sample_mask(struct output *out, uint32_t mask) {
  put_header(out, SET_SAMPLE_MASK, 0, 1);
  put(out, mask);
}

COMMAND set_min_samples(struct output *out, uint32_t samples) {
  put_header(out, SET_MIN_SAMPLES, 0, 1);
  put(out, samples);
}

// The same values as in state-change.ts.
static const uint32_t color_surfaces[] = {1}, sampler_views[] = {9, 10}, sampler_states[] = {11, 12};
static const struct viewport viewport = {{320, -240, 0.5f}, {320, 240, 0.5f}};
static const struct scissor scissor = {16, 16, 624, 464};
static const struct vertex_buffer vertex_buffers[] = {{32, 0, 3}, {16, 64, 4}};
static const struct buffer_range uniforms = {256, 1024, 6}, storage = {0, 4096, 7};
static const float blend_color[] = {0.25f, 0.5f, 0.75f, 1};
static const float tint[] = {0.5f, 0.25f, 0.125f, 1};
static const float identity[] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

static void write_draw(struct output *out, uint32_t index) {
  const struct draw draw = {
      .start = index, .count = 3, .mode = TRIANGLES, .instance_count = 1, .max_index = 0xffffffff};
  draw_vbo(out, &draw);
}

static void write_state(struct output *out, uint32_t index) {
  set_framebuffer_state(out, 2, color_surfaces, 1);
  set_viewport_state(out, &viewport);
  set_scissor_state(out, &scissor);
  bind_object(out, BLEND, 1 + index);
  bind_object(out, RASTERIZER, 4);
  bind_object(out, DSA, 5);
  bind_object(out, VERTEX_ELEMENTS, 6);
  set_vertex_buffers(out, vertex_buffers, 2);
  set_index_buffer(out, 5, 2, 128);
  bind_shader(out, 7, VERTEX);
  bind_shader(out, 8, FRAGMENT);
  set_constant_buffer(out, VERTEX, identity, 16);
  set_constant_buffer(out, FRAGMENT, tint, 4);
  set_uniform_buffer(out, VERTEX, 1, &uniforms);
  set_handles(out, SET_SAMPLER_VIEWS, FRAGMENT, sampler_views, 2);
  set_handles(out, BIND_SAMPLER_STATES, FRAGMENT, sampler_states, 2);
  set_shader_buffer(out, FRAGMENT, &storage);
  set_stencil_ref(out, 1, 2);
  set_blend_color(out, blend_color);
  set_sample_mask(out, 0xffffffff);
  set_min_samples(out, 1);
}

enum { MOST_DWORDS = 128 };  // of a change of state

struct work {
  const char *name;
  uint32_t batch;
  struct output out;
  // decode and print
  uint32_t *stream;
  size_t stream_dwords;
  uint32_t commands, sum;
  FILE *text;
  char *characters;
  size_t character_count;
};

static bool is(const struct work *work, const char *name) { return strcmp(work->name, name) == 0; }

static void encode(struct work *work, uint32_t iterations) {
  const bool draws = is(work, "draw");
  for (uint32_t done = 0; done < iterations; done += work->batch) {
    work->out.length = 0;
    for (uint32_t i = 0; i < work->batch; i++) {
      if (draws)
        write_draw(&work->out, i);
      else
        write_state(&work->out, i);
    }
    __asm__ volatile("" : : "r"(work->out.dwords) : "memory");  // what was written counts as read
  }
}

static void decode(struct work *work) {
  uint32_t commands = 0, sum = 0;
  for (size_t at = 0; at < work->stream_dwords; commands++) {
    const size_t end = at + 1 + (work->stream[at] >> 16);
    for (; at < end; at++) sum += work->stream[at];
  }
  work->commands = commands;
  work->sum = sum;
  __asm__ volatile("" : : "r"(work->stream) : "memory");
}

static void print(struct work *work) {
  rewind(work->text);
  for (size_t i = 0; i < work->stream_dwords; i++) fprintf(work->text, "%08x\n", work->stream[i]);
  fflush(work->text);
}

static uint64_t run(struct work *work, uint32_t iterations) {
  const uint64_t start = now_ns();
  if (work->stream == NULL) {
    encode(work, iterations);
  } else {
    const size_t passes = iterations / (work->stream_dwords * sizeof *work->stream);
    for (size_t i = 0; i < passes; i++) is(work, "decode") ? decode(work) : print(work);
  }
  return now_ns() - start;
}

// Reads the text back, so that nothing but all of it gives the same hash as the stream.
static uint32_t hash_of_text(const struct work *work) {
  uint32_t *dwords = malloc(work->stream_dwords * sizeof *dwords);
  if (dwords == NULL) fail("malloc");
  char *at = work->characters;
  for (size_t i = 0; i < work->stream_dwords; i++) dwords[i] = (uint32_t)strtoul(at, &at, 16);
  const uint32_t hash = hash_of(dwords, work->stream_dwords * sizeof *dwords);
  free(dwords);
  return hash;
}

static void print_digest(const struct work *work) {
  if (is(work, "decode"))
    printf("digest %u commands, sum %08x\n", work->commands, work->sum);
  else if (is(work, "print"))
    printf("digest %08x\n", hash_of_text(work));
  else
    printf("digest %08x\n", hash_of(work->out.dwords, work->out.length * sizeof *work->out.dwords));
}

static struct work prepare(const char *name, const char *argument) {
  struct work work = {.name = name};
  if (is(&work, "draw") || is(&work, "state")) {
    work.batch = (uint32_t)atol(argument);
    work.out.dwords = calloc((size_t)work.batch * MOST_DWORDS, sizeof *work.out.dwords);
    if (work.out.dwords == NULL) fail("calloc");
    return work;
  }
  size_t size_bytes;
  work.stream = (uint32_t *)read_file(argument, &size_bytes);
  work.stream_dwords = size_bytes / sizeof *work.stream;
  return work;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: stream draw|state BATCH, stream decode|print FILE\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct work work = prepare(argv[1], argv[2]);
  work.text = open_memstream(&work.characters, &work.character_count);
  if (work.text == NULL) fail("open_memstream");
  printf("ready\n");
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strncmp(line, "run ", 4) == 0) {
      printf("ns %llu\n", (unsigned long long)run(&work, (uint32_t)atol(line + 4)));
    } else if (strcmp(line, "digest\n") == 0) {
      print_digest(&work);
    } else {
      fail("reading a command");
    }
  }
  return 0;
}
