// The C side of the benchmark of virtio-gpu commands: a vhost-user-gpu backend with just the commands that
// the benchmark sends, on libvirglrenderer. It checks what must be checked to stay alive, copies requests out
// of guest memory as any backend has to, and reads a display back at most 60 times a second.
//
//   gpu SOCKET
//
// Listens on SOCKET, says "ready", serves one connection and ends with it.
// Facts: QEMU docs/interop/vhost-user.rst; virtio 1.2, sections 2.7 and 5.7; linux/virtio_gpu.h.

#define _GNU_SOURCE
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include <virgl/virglrenderer.h>

#include "common.h"

enum {
  GET_FEATURES = 1,
  SET_FEATURES = 2,
  SET_MEM_TABLE = 5,
  SET_VRING_NUM = 8,
  SET_VRING_ADDR = 9,
  SET_VRING_BASE = 10,
  SET_VRING_KICK = 12,
  SET_VRING_CALL = 13,
  GET_PROTOCOL_FEATURES = 15,
  GET_QUEUE_NUM = 17,
};
enum { NEED_REPLY = 8, REPLY = 5, MAX_FDS = 8, QUEUES = 2, PAYLOAD_BYTES = 512 };
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4, MAX_PARTS = 1024, REQUEST_BYTES = 1 << 20 };
enum {
  CREATE_2D = 0x101,
  SET_SCANOUT = 0x103,
  FLUSH = 0x104,
  TRANSFER_TO_HOST_2D = 0x105,
  ATTACH_BACKING = 0x106,
  CTX_CREATE = 0x200,
  CTX_ATTACH = 0x202,
  CREATE_3D = 0x204,
  SUBMIT_3D = 0x207,
};
enum { OK_NODATA = 0x1100, ERR_UNSPEC = 0x1200, FENCE = 1, HEADER_BYTES = 24 };
enum { THREAD_SYNC = 2, EGL = 1, SURFACELESS = 8, MAX_ENTRIES = 1024 };
static const uint64_t FRAME_NS = 1000000000u / 60;

struct region {
  uint64_t gpa, size, user, offset;
  uint8_t *at;
};
struct descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};
struct queue {
  uint32_t size;
  uint16_t next, used_index, told;
  bool tells_always;
  struct descriptor *descriptors;
  uint16_t *available;
  uint16_t *used;
  int kick, call;
};
// A request whose fence is on its way.
struct fenced {
  uint16_t head;
  uint8_t header[HEADER_BYTES];
  uint64_t response;
  uint32_t response_bytes;
};
struct virgl_box {
  uint32_t x, y, z, w, h, d;
};

static struct region regions[MAX_FDS];
static uint32_t region_count;
static struct queue queues[QUEUES];
static struct fenced waiting[1024];
static uint32_t first_waiting, last_waiting, reached, last_fence;
static uint32_t request[REQUEST_BYTES / 4];
static struct iovec *backings[256];
static bool is_damaged;
static uint32_t damaged_resource;
static uint64_t shown_ns;
static uint8_t pixels[64 * 64 * 4];

static uint8_t *guest(uint64_t address, uint64_t length) {
  for (uint32_t i = 0; i < region_count; i++) {
    const struct region *region = &regions[i];
    if (address >= region->gpa && length <= region->size && address - region->gpa <= region->size - length)
      return region->at + (address - region->gpa);
  }
  return NULL;
}

static void *user(uint64_t address) {
  for (uint32_t i = 0; i < region_count; i++) {
    const struct region *region = &regions[i];
    if (address >= region->user && address < region->user + region->size)
      return region->at + (address - region->user);
  }
  fail("the address of a ring");
  return NULL;
}

static void write_fence(void *cookie, uint32_t fence) {
  (void)cookie;
  reached = fence;
}

static void put_used(struct queue *queue, uint16_t head, uint32_t length) {
  uint32_t *entry = (uint32_t *)(queue->used + 2) + 2 * (queue->used_index & (queue->size - 1));
  entry[0] = head;
  entry[1] = length;
  queue->used_index++;
  atomic_store((_Atomic uint16_t *)&queue->used[1], queue->used_index);
}

static void call_if_wanted(struct queue *queue) {
  const uint16_t now = queue->used_index;
  const uint16_t old = queue->told;
  if (queue->call < 0 || queue->size == 0 || now == old) return;
  queue->told = now;
  const uint16_t event = atomic_load((_Atomic uint16_t *)&queue->available[2 + queue->size]);
  if (!queue->tells_always && (uint16_t)(now - event - 1) >= (uint16_t)(now - old)) return;
  queue->tells_always = false;
  const uint64_t one = 1;
  if (write(queue->call, &one, sizeof one) != sizeof one) fail("write");
}

static void answer(uint64_t response, uint32_t room, uint16_t head, const uint8_t *header) {
  const uint32_t length = room < HEADER_BYTES ? room : HEADER_BYTES;
  uint8_t *into = guest(response, length);
  if (into != NULL) memcpy(into, header, length);
  put_used(&queues[0], head, into == NULL ? 0 : length);
}

static uint32_t create_2d(const uint32_t *words) {
  struct virgl_renderer_resource_create_args args = {.handle = words[6],
                                                     .target = 2,
                                                     .format = words[7],
                                                     .bind = 2,
                                                     .width = words[8],
                                                     .height = words[9],
                                                     .depth = 1,
                                                     .array_size = 1,
                                                     .flags = 1};
  return virgl_renderer_resource_create(&args, NULL, 0) == 0 ? OK_NODATA : ERR_UNSPEC;
}

static uint32_t create_3d(const uint32_t *words) {
  struct virgl_renderer_resource_create_args args;
  memcpy(&args, words + 6, sizeof args);
  return virgl_renderer_resource_create(&args, NULL, 0) == 0 ? OK_NODATA : ERR_UNSPEC;
}

static uint32_t attach_backing(const uint32_t *words, uint32_t bytes) {
  const uint32_t resource = words[6];
  const uint32_t count = words[7];
  if (resource >= 256 || count > MAX_ENTRIES || bytes < 32 + count * 16) return ERR_UNSPEC;
  struct iovec *iov = calloc(count, sizeof *iov);
  if (iov == NULL) fail("calloc");
  for (uint32_t i = 0; i < count; i++) {
    uint64_t address;
    memcpy(&address, words + 8 + i * 4, sizeof address);
    iov[i].iov_len = words[8 + i * 4 + 2];
    iov[i].iov_base = guest(address, iov[i].iov_len);
    if (iov[i].iov_base == NULL) return ERR_UNSPEC;
  }
  backings[resource] = iov;
  return virgl_renderer_resource_attach_iov((int)resource, iov, (int)count) == 0 ? OK_NODATA : ERR_UNSPEC;
}

static uint32_t transfer_2d(const uint32_t *words) {
  struct virgl_box box = {.x = words[6], .y = words[7], .w = words[8], .h = words[9], .d = 1};
  uint64_t offset;
  memcpy(&offset, words + 10, sizeof offset);
  return virgl_renderer_transfer_write_iov(words[12], 0, 0, 0, 0, &box, offset, NULL, 0) == 0 ? OK_NODATA
                                                                                              : ERR_UNSPEC;
}

static uint32_t carry_out(uint32_t *words, uint32_t bytes) {
  const uint32_t context = words[4];
  switch (words[0]) {
    case CREATE_2D:
      return create_2d(words);
    case CREATE_3D:
      return create_3d(words);
    case ATTACH_BACKING:
      return attach_backing(words, bytes);
    case TRANSFER_TO_HOST_2D:
      return transfer_2d(words);
    case SET_SCANOUT:
      return OK_NODATA;
    case FLUSH:
      is_damaged = true;
      damaged_resource = words[10];
      return OK_NODATA;
    case CTX_CREATE:
      return virgl_renderer_context_create(context, 5, "bench") == 0 ? OK_NODATA : ERR_UNSPEC;
    case CTX_ATTACH:
      virgl_renderer_ctx_attach_resource((int)context, (int)words[6]);
      return OK_NODATA;
    case SUBMIT_3D:
      if (words[6] > bytes - 32) return ERR_UNSPEC;
      return virgl_renderer_submit_cmd(words + 8, (int)context, (int)(words[6] / 4)) == 0 ? OK_NODATA
                                                                                          : ERR_UNSPEC;
  }
  return ERR_UNSPEC;
}

static void handle(uint16_t head, uint32_t bytes, uint64_t response, uint32_t response_bytes) {
  uint32_t header[HEADER_BYTES / 4] = {0};
  const uint32_t status = bytes < HEADER_BYTES ? ERR_UNSPEC : carry_out(request, bytes);
  const bool is_fenced = bytes >= HEADER_BYTES && (request[1] & FENCE) != 0;
  if (is_fenced) memcpy(header, request, HEADER_BYTES);
  header[0] = status;
  if (!is_fenced) {
    answer(response, response_bytes, head, (uint8_t *)header);
    return;
  }
  struct fenced *fenced = &waiting[last_waiting++ % 1024];
  *fenced = (struct fenced){.head = head, .response = response, .response_bytes = response_bytes};
  memcpy(fenced->header, header, HEADER_BYTES);
}

// Copies what is to be read and finds what is to be written; false for a chain that can't be.
static bool read_chain(struct queue *queue, uint16_t head, uint32_t *bytes, uint64_t *response,
                       uint32_t *response_bytes) {
  static struct descriptor copy[MAX_PARTS];
  struct descriptor *table = queue->descriptors;
  uint32_t entries = queue->size;
  uint32_t index = head;
  struct descriptor first = table[head];
  if ((first.flags & DESC_INDIRECT) != 0) {
    const uint8_t *from = guest(first.address, first.length);
    if (from == NULL || first.length > sizeof copy) return false;
    memcpy(copy, from, first.length);
    table = copy;
    entries = first.length / sizeof *copy;
    index = 0;
  }
  *bytes = 0;
  *response_bytes = 0;
  for (uint32_t count = 0; count < entries && index < entries; count++) {
    const struct descriptor entry = table[index];
    if ((entry.flags & DESC_WRITE) != 0) {
      if (*response_bytes == 0) {
        *response = entry.address;
        *response_bytes = entry.length;
      }
    } else {
      const uint8_t *from = guest(entry.address, entry.length);
      if (from == NULL || entry.length > sizeof request - *bytes) return false;
      memcpy((uint8_t *)request + *bytes, from, entry.length);
      *bytes += entry.length;
    }
    if ((entry.flags & DESC_NEXT) == 0) return true;
    index = entry.next;
  }
  return false;
}

static void process(struct queue *queue) {
  if (queue->size == 0 || queue->kick < 0) return;
  const uint32_t before = last_waiting;
  for (;;) {
    while (atomic_load((_Atomic uint16_t *)&queue->available[1]) != queue->next) {
      const uint16_t head = queue->available[2 + (queue->next++ & (queue->size - 1))];
      uint32_t bytes, response_bytes;
      uint64_t response = 0;
      if (head >= queue->size || !read_chain(queue, head, &bytes, &response, &response_bytes))
        put_used(queue, head, 0);
      else
        handle(head, bytes, response, response_bytes);
    }
    atomic_store((_Atomic uint16_t *)&queue->used[2 + queue->size * 4], queue->next);
    if (atomic_load((_Atomic uint16_t *)&queue->available[1]) == queue->next) break;
  }
  // One fence for all that came together.
  if (last_waiting != before) {
    last_fence = last_waiting;
    virgl_renderer_create_fence((int)last_fence, 0);
  }
}

static void retire(void) {
  virgl_renderer_poll();
  while (first_waiting != last_waiting && (int32_t)(reached - first_waiting) > 0) {
    const struct fenced *fenced = &waiting[first_waiting++ % 1024];
    answer(fenced->response, fenced->response_bytes, fenced->head, fenced->header);
  }
}

static void show(void) {
  const uint64_t now = now_ns();
  if (!is_damaged || now - shown_ns < FRAME_NS) return;
  is_damaged = false;
  shown_ns = now;
  struct virgl_box box = {.w = 64, .h = 64, .d = 1};
  struct iovec into = {.iov_base = pixels, .iov_len = sizeof pixels};
  virgl_renderer_transfer_read_iov(damaged_resource, 0, 0, 0, 0, &box, 0, &into, 1);
}

static void set_memory(const uint8_t *payload, const int *fds) {
  memcpy(&region_count, payload, sizeof region_count);
  if (region_count > MAX_FDS) fail("a memory table");
  for (uint32_t i = 0; i < region_count; i++) {
    memcpy(&regions[i], payload + 8 + 32 * i, 32);
    regions[i].at =
        mmap(NULL, regions[i].size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], (off_t)regions[i].offset);
    if (regions[i].at == MAP_FAILED) fail("mmap");
  }
}

static void set_address(const uint8_t *payload) {
  uint32_t index;
  uint64_t addresses[3];
  memcpy(&index, payload, sizeof index);
  memcpy(addresses, payload + 8, sizeof addresses);
  struct queue *queue = &queues[index % QUEUES];
  queue->descriptors = user(addresses[0]);
  queue->used = user(addresses[1]);
  queue->available = user(addresses[2]);
}

static void reply(int socket, uint32_t request_id, uint64_t value) {
  uint32_t message[5] = {request_id, REPLY, 8, (uint32_t)value, (uint32_t)(value >> 32)};
  if (write(socket, message, sizeof message) != sizeof message) fail("write");
}

static void on_message(int socket, const uint32_t *header, const uint8_t *payload, const int *fds,
                       int count) {
  uint32_t words[2] = {0};
  memcpy(words, payload, sizeof words);
  struct queue *queue = &queues[words[0] % QUEUES];
  switch (header[0]) {
    case GET_FEATURES:
      reply(socket, header[0], 1 | 3ull << 28 | 1ull << 30 | 1ull << 32);
      return;
    case GET_PROTOCOL_FEATURES:
      reply(socket, header[0], 0x209);
      return;
    case GET_QUEUE_NUM:
      reply(socket, header[0], QUEUES);
      return;
    case SET_MEM_TABLE:
      set_memory(payload, fds);
      break;
    case SET_VRING_NUM:
      queue->size = words[1];
      break;
    case SET_VRING_BASE:
      queue->next = (uint16_t)words[1];
      break;
    case SET_VRING_ADDR:
      set_address(payload);
      break;
    case SET_VRING_KICK:
      queue->kick = count > 0 ? dup(fds[0]) : -1;
      queue->used_index = queue->told = queue->used[1];
      queue->tells_always = true;
      break;
    case SET_VRING_CALL:
      queue->call = count > 0 ? dup(fds[0]) : -1;
      break;
  }
  if ((header[1] & NEED_REPLY) != 0) reply(socket, header[0], 0);
}

// False when the front-end is gone.
static bool receive(int socket) {
  uint32_t header[3];
  uint8_t payload[PAYLOAD_BYTES] = {0};
  int fds[MAX_FDS];
  union {
    char bytes[CMSG_SPACE(sizeof fds)];
    struct cmsghdr align;
  } control;
  struct iovec into = {header, sizeof header};
  struct msghdr message = {
      .msg_iov = &into, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(socket, &message, MSG_WAITALL) != sizeof header) return false;
  int count = 0;
  struct cmsghdr *with = CMSG_FIRSTHDR(&message);
  if (with != NULL && with->cmsg_type == SCM_RIGHTS) {
    count = (int)((with->cmsg_len - CMSG_LEN(0)) / sizeof *fds);
    memcpy(fds, CMSG_DATA(with), (size_t)count * sizeof *fds);
  }
  if (header[2] > sizeof payload) fail("a message");
  if (header[2] > 0 && recv(socket, payload, header[2], MSG_WAITALL) != (ssize_t)header[2]) return false;
  on_message(socket, header, payload, fds, count);
  for (int i = 0; i < count; i++) close(fds[i]);
  return true;
}

static int accept_one(const char *path) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  unlink(path);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0)
    fail("listen");
  printf("ready\n");
  fflush(stdout);
  const int socket = accept(listener, NULL, NULL);
  if (socket < 0) fail("accept");
  close(listener);
  return socket;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: gpu SOCKET\n");
    return 2;
  }
  struct virgl_renderer_callbacks callbacks = {.version = 2, .write_fence = write_fence};
  int cookie;
  if (virgl_renderer_init(&cookie, EGL | SURFACELESS | THREAD_SYNC, &callbacks) != 0) fail("init");
  for (int i = 0; i < QUEUES; i++) queues[i].kick = queues[i].call = -1;
  const int socket = accept_one(argv[1]);
  const int fence_fd = virgl_renderer_get_poll_fd();
  for (;;) {
    struct pollfd fds[] = {{socket, POLLIN, 0},
                           {queues[0].kick, POLLIN, 0},
                           {queues[1].kick, POLLIN, 0},
                           {first_waiting == last_waiting ? -1 : fence_fd, POLLIN, 0}};
    poll(fds, 4, is_damaged ? 16 : -1);
    uint64_t count;
    for (int i = 0; i < QUEUES; i++)
      if ((fds[1 + i].revents & POLLIN) != 0 && read(queues[i].kick, &count, sizeof count) < 0) fail("read");
    if (fds[0].revents != 0 && !receive(socket)) break;
    if (first_waiting != last_waiting) retire();
    for (int i = 0; i < QUEUES; i++) {
      process(&queues[i]);
      call_if_wanted(&queues[i]);
    }
    show();
  }
  return 0;
}
