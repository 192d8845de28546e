// A vtest client, the same for both servers: `vtest SOCKET WORK [SIZE_BYTES]`. WORK is one of those in
// `works` below; for those that transfer, an iteration is a byte of a texture of SIZE_BYTES. Format:
// virglrenderer's vtest/vtest_protocol.h.

#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common.h"

enum {
  TRANSFER_GET = 4,
  TRANSFER_PUT = 5,
  RESOURCE_CREATE = 2,
  SUBMIT_CMD = 6,
  BUSY_WAIT = 7,
  CREATE_RENDERER = 8,
  PING = 10,
  PROTOCOL_VERSION = 11,
  RESOURCE_CREATE2 = 12,
  TRANSFER_GET2 = 13,
  TRANSFER_PUT2 = 14,
};
enum {
  TEXTURE = 1,
  TEXTURE_2D = 2,
  B8G8R8A8_UNORM = 1,
  RENDER_TARGET_AND_SAMPLER_VIEW = 10,
  WAIT = 1,
  BUFFER = 2
};
// Between connects, so that a server which starts processes ahead can.
enum { CONNECT_PAUSE_US = 500000 };

struct client {
  const char *path;
  int socket;
  uint32_t side, size_bytes;
  uint8_t *bytes;
};

static void send_all(const struct client *client, const void *data, size_t size) {
  for (const uint8_t *at = data; size > 0;) {
    const ssize_t sent = send(client->socket, at, size, MSG_NOSIGNAL);
    if (sent <= 0) fail("send");
    at += sent;
    size -= (size_t)sent;
  }
}

static void receive_all(const struct client *client, void *data, size_t size) {
  for (uint8_t *at = data; size > 0;) {
    const ssize_t got = recv(client->socket, at, size, 0);
    if (got <= 0) fail("recv");
    at += got;
    size -= (size_t)got;
  }
}

static int receive_descriptor(const struct client *client) {
  char byte;
  struct iovec part = {&byte, 1};
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(client->socket, &message, 0) != 1 || CMSG_FIRSTHDR(&message) == NULL) fail("recvmsg");
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
  return descriptor;
}

static void expect_reply(const struct client *client, uint32_t id, uint32_t dwords) {
  uint32_t reply[3];
  receive_all(client, reply, (2 + dwords) * sizeof *reply);
  if (reply[0] != dwords || reply[1] != id) fail("a reply");
}

static void busy_wait(const struct client *client, uint32_t handle) {
  const uint32_t request[] = {2, BUSY_WAIT, handle, handle == 0 ? 0 : WAIT};
  send_all(client, request, sizeof request);
  expect_reply(client, BUSY_WAIT, 1);
}

static void ping(const struct client *client) {
  const uint32_t request[] = {0, PING};
  send_all(client, request, sizeof request);
  expect_reply(client, PING, 0);
}

static void open_connection(struct client *client, uint32_t version) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, client->path, sizeof address.sun_path - 1);
  client->socket = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(client->socket, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  const uint32_t hello[] = {sizeof "bench", CREATE_RENDERER};
  send_all(client, hello, sizeof hello);
  send_all(client, "bench", sizeof "bench");
  ping(client);
  const uint32_t request[] = {1, PROTOCOL_VERSION, version};
  send_all(client, request, sizeof request);
  expect_reply(client, PROTOCOL_VERSION, 1);
}

static void make_resource(struct client *client, uint32_t command) {
  const uint32_t request[] = {command == RESOURCE_CREATE ? 10 : 11,
                              command,
                              TEXTURE,
                              TEXTURE_2D,
                              B8G8R8A8_UNORM,
                              RENDER_TARGET_AND_SAMPLER_VIEW,
                              client->side,
                              client->side,
                              1,
                              1,
                              0,
                              0,
                              client->size_bytes};
  send_all(client, request, (2 + request[0]) * sizeof *request);
  if (command == RESOURCE_CREATE) {
    client->bytes = malloc(client->size_bytes);
  } else {
    const int memory = receive_descriptor(client);
    client->bytes = mmap(NULL, client->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    close(memory);
  }
  if (client->bytes == NULL || client->bytes == MAP_FAILED) fail("memory");
  for (uint32_t i = 0; i < client->size_bytes; i++) client->bytes[i] = (uint8_t)(i * 7 + i / 1000);
  busy_wait(client, TEXTURE);
}

static void transfer_inline(const struct client *client, uint32_t command) {
  const uint32_t dwords = command == TRANSFER_PUT ? client->size_bytes / 4 : 0;
  const uint32_t request[] = {11 + dwords, command,      TEXTURE,      0, client->side * 4,  0, 0, 0,
                              0,           client->side, client->side, 1, client->size_bytes};
  send_all(client, request, sizeof request);
  if (command == TRANSFER_PUT)
    send_all(client, client->bytes, client->size_bytes);
  else
    receive_all(client, client->bytes, client->size_bytes);
}

static void transfer_shared(const struct client *client, uint32_t command) {
  const uint32_t request[] = {10, command, TEXTURE, 0, 0, 0, 0, client->side, client->side, 1, 0, 0};
  send_all(client, request, sizeof request);
}

static void put_inline(struct client *client) {
  transfer_inline(client, TRANSFER_PUT);
  busy_wait(client, TEXTURE);
}

static void get_inline(struct client *client) { transfer_inline(client, TRANSFER_GET); }

static void put_shared(struct client *client) {
  transfer_shared(client, TRANSFER_PUT2);
  busy_wait(client, TEXTURE);
}

static void get_shared(struct client *client) {
  transfer_shared(client, TRANSFER_GET2);
  busy_wait(client, TEXTURE);
}

static void send_ping(struct client *client) { ping(client); }

static void submit_nothing(struct client *client) {
  const uint32_t request[] = {1, SUBMIT_CMD, 0};
  send_all(client, request, sizeof request);
  busy_wait(client, TEXTURE);
}

struct work {
  const char *name;
  uint32_t version;
  // 0: none.
  uint32_t resource;
  void (*iterate)(struct client *);
};

static const struct work works[] = {
    {"connect", 2, 0, NULL},
    {"ping", 2, RESOURCE_CREATE2, send_ping},
    {"submit", 2, RESOURCE_CREATE2, submit_nothing},
    {"put-inline", 0, RESOURCE_CREATE, put_inline},
    {"get-inline", 0, RESOURCE_CREATE, get_inline},
    {"put-shared", 2, RESOURCE_CREATE2, put_shared},
    {"get-shared", 2, RESOURCE_CREATE2, get_shared},
};

static uint64_t run(const struct work *work, struct client *client, uint64_t iterations) {
  if (work->iterate == NULL) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < iterations; i++) {
      usleep(CONNECT_PAUSE_US);
      const uint64_t start = now_ns();
      open_connection(client, work->version);
      sum += now_ns() - start;
      close(client->socket);
    }
    return sum;
  }
  const int is_transfer = strchr(work->name, '-') != NULL;
  const uint64_t rounds = is_transfer ? iterations / client->size_bytes : iterations;
  const uint64_t start = now_ns();
  for (uint64_t i = 0; i < rounds; i++) work->iterate(client);
  return now_ns() - start;
}

int main(int argc, char **argv) {
  const struct work *work = NULL;
  for (size_t i = 0; argc >= 3 && i < sizeof works / sizeof *works; i++)
    if (strcmp(works[i].name, argv[2]) == 0) work = &works[i];
  if (work == NULL) {
    fprintf(stderr, "usage: vtest SOCKET WORK [SIZE_BYTES]\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct client client = {.path = argv[1], .side = 1};
  client.size_bytes = argc > 3 ? (uint32_t)atol(argv[3]) : 4096;
  while (client.side * client.side * 4 < client.size_bytes) client.side *= 2;
  if (work->iterate != NULL) {
    open_connection(&client, work->version);
    make_resource(&client, work->resource);
    if (strncmp(work->name, "get", 3) == 0) {
      (work->resource == RESOURCE_CREATE ? put_inline : put_shared)(&client);
      memset(client.bytes, 0, client.size_bytes);
    }
    work->iterate(&client);
  }
  printf("ready\n");
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strncmp(line, "run ", 4) == 0)
      printf("ns %llu\n", (unsigned long long)run(work, &client, strtoull(line + 4, NULL, 10)));
    else if (strcmp(line, "digest\n") == 0)
      printf("digest %08x\n", client.bytes == NULL ? 0 : hash_of(client.bytes, client.size_bytes));
    else
      fail("reading a command");
  }
  return 0;
}
