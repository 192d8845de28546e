// Lets kmscube draw on a machine that has no display to set modes on: preloaded, it is the DRM device, GBM
// and the window that kmscube asks for, and gives it an EGL surface without a window instead. What is drawn,
// and how, is not touched.
//   NATIVE_KMS_SIZE=800x600       the mode of the display
//   NATIVE_KMS_FRAMES=0,150:DIR   frames to keep, from 0, as DIR/N.rgba: bottom row first
// Built by: cc -shared -fPIC -O2 native-kms.c -o native-kms.so -ldl -lGLESv2 -lEGL
#define _GNU_SOURCE
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gbm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

// Always ready to be read from, as a device with an event would be.
#define DEVICE "/dev/zero"
enum { CRTC = 1, ENCODER = 2, CONNECTOR = 3, FRAMEBUFFER = 4 };

static int width = 800, height = 600;
static long frame;
static void *flip_data;

__attribute__((constructor)) static void read_size(void) {
  const char *size = getenv("NATIVE_KMS_SIZE");
  if (size && sscanf(size, "%dx%d", &width, &height) != 2) abort();
}

static void *real(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) abort();
  return function;
}

// ---- the DRM device: one connector with one mode ----

int drmGetDevices2(uint32_t flags, drmDevicePtr devices[], int max) {
  (void)flags;
  if (max < 1) return 0;
  static char *nodes[DRM_NODE_MAX] = {DEVICE, DEVICE, DEVICE};
  static drmDevice device;
  device.nodes = nodes;
  device.available_nodes = 1 << DRM_NODE_PRIMARY;
  devices[0] = &device;
  return 1;
}
void drmFreeDevices(drmDevicePtr devices[], int count) { (void)devices, (void)count; }

int drmOpen(const char *name, const char *bus) {
  (void)name, (void)bus;
  return open(DEVICE, O_RDWR | O_CLOEXEC);
}
int drmGetCap(int fd, uint64_t capability, uint64_t *value) {
  (void)fd, (void)capability;
  *value = 0;
  return 0;
}
int drmSetMaster(int fd) {
  (void)fd;
  return 0;
}
drmModeCrtcPtr drmModeGetCrtc(int fd, uint32_t id) {
  (void)fd, (void)id;
  static drmModeCrtc crtc = {.crtc_id = CRTC};
  return &crtc;
}
void drmModeFreeCrtc(drmModeCrtcPtr crtc) { (void)crtc; }

drmModeResPtr drmModeGetResources(int fd) {
  (void)fd;
  static uint32_t crtc = CRTC, connector = CONNECTOR, encoder = ENCODER;
  static drmModeRes resources;
  resources = (drmModeRes){.count_crtcs = 1,
                           .crtcs = &crtc,
                           .count_connectors = 1,
                           .connectors = &connector,
                           .count_encoders = 1,
                           .encoders = &encoder,
                           .max_width = 16384,
                           .max_height = 16384};
  return &resources;
}
void drmModeFreeResources(drmModeResPtr resources) { (void)resources; }

drmModeConnectorPtr drmModeGetConnector(int fd, uint32_t id) {
  (void)fd, (void)id;
  static uint32_t encoder = ENCODER;
  static drmModeModeInfo mode;
  mode = (drmModeModeInfo){.hdisplay = (uint16_t)width,
                           .vdisplay = (uint16_t)height,
                           .vrefresh = 60,
                           .type = DRM_MODE_TYPE_PREFERRED,
                           .name = "native"};
  static drmModeConnector connector;
  connector = (drmModeConnector){.connector_id = CONNECTOR,
                                 .encoder_id = ENCODER,
                                 .connection = DRM_MODE_CONNECTED,
                                 .count_modes = 1,
                                 .modes = &mode,
                                 .count_encoders = 1,
                                 .encoders = &encoder};
  return &connector;
}
void drmModeFreeConnector(drmModeConnectorPtr connector) { (void)connector; }

drmModeEncoderPtr drmModeGetEncoder(int fd, uint32_t id) {
  (void)fd, (void)id;
  static drmModeEncoder encoder = {.encoder_id = ENCODER, .crtc_id = CRTC, .possible_crtcs = 1};
  return &encoder;
}
void drmModeFreeEncoder(drmModeEncoderPtr encoder) { (void)encoder; }

int drmModeAddFB2(int fd, uint32_t w, uint32_t h, uint32_t format, const uint32_t handles[4],
                  const uint32_t pitches[4], const uint32_t offsets[4], uint32_t *id, uint32_t flags) {
  (void)fd, (void)w, (void)h, (void)format, (void)handles, (void)pitches, (void)offsets, (void)flags;
  *id = FRAMEBUFFER;
  return 0;
}
int drmModeAddFB2WithModifiers(int fd, uint32_t w, uint32_t h, uint32_t format, const uint32_t handles[4],
                               const uint32_t pitches[4], const uint32_t offsets[4],
                               const uint64_t modifiers[4], uint32_t *id, uint32_t flags) {
  (void)modifiers;
  return drmModeAddFB2(fd, w, h, format, handles, pitches, offsets, id, flags);
}
int drmModeRmFB(int fd, uint32_t id) {
  (void)fd, (void)id;
  return 0;
}
int drmModeSetCrtc(int fd, uint32_t crtc, uint32_t buffer, uint32_t x, uint32_t y, uint32_t *connectors,
                   int count, drmModeModeInfoPtr mode) {
  (void)fd, (void)crtc, (void)buffer, (void)x, (void)y, (void)connectors, (void)count, (void)mode;
  return 0;
}
int drmModePageFlip(int fd, uint32_t crtc, uint32_t buffer, uint32_t flags, void *data) {
  (void)fd, (void)crtc, (void)buffer, (void)flags;
  flip_data = data;
  return 0;
}
int drmHandleEvent(int fd, drmEventContextPtr context) {
  context->page_flip_handler(fd, 0, 0, 0, flip_data);
  return 0;
}

// ---- GBM: buffers that nobody looks at ----

static int nothing;
static void *buffer_data;

struct gbm_device *gbm_create_device(int fd) {
  (void)fd;
  return (struct gbm_device *)&nothing;
}
void gbm_device_destroy(struct gbm_device *device) { (void)device; }
int gbm_device_get_fd(struct gbm_device *device) {
  (void)device;
  return -1;
}
struct gbm_surface *gbm_surface_create(struct gbm_device *device, uint32_t w, uint32_t h, uint32_t format,
                                       uint32_t flags) {
  (void)device, (void)w, (void)h, (void)format, (void)flags;
  return (struct gbm_surface *)&nothing;
}
struct gbm_surface *gbm_surface_create_with_modifiers(struct gbm_device *device, uint32_t w, uint32_t h,
                                                      uint32_t format, const uint64_t *modifiers,
                                                      const unsigned int count) {
  (void)modifiers, (void)count;
  return gbm_surface_create(device, w, h, format, 0);
}
void gbm_surface_destroy(struct gbm_surface *surface) { (void)surface; }
int gbm_surface_has_free_buffers(struct gbm_surface *surface) {
  (void)surface;
  return 1;
}
struct gbm_bo *gbm_surface_lock_front_buffer(struct gbm_surface *surface) {
  (void)surface;
  return (struct gbm_bo *)&nothing;
}
void gbm_surface_release_buffer(struct gbm_surface *surface, struct gbm_bo *buffer) {
  (void)surface, (void)buffer;
}
void *gbm_bo_get_user_data(struct gbm_bo *buffer) {
  (void)buffer;
  return buffer_data;
}
void gbm_bo_set_user_data(struct gbm_bo *buffer, void *data, void (*destroy)(struct gbm_bo *, void *)) {
  (void)buffer, (void)destroy;
  buffer_data = data;
}
struct gbm_device *gbm_bo_get_device(struct gbm_bo *buffer) {
  (void)buffer;
  return (struct gbm_device *)&nothing;
}
uint32_t gbm_bo_get_width(struct gbm_bo *buffer) {
  (void)buffer;
  return (uint32_t)width;
}
uint32_t gbm_bo_get_height(struct gbm_bo *buffer) {
  (void)buffer;
  return (uint32_t)height;
}
uint32_t gbm_bo_get_format(struct gbm_bo *buffer) {
  (void)buffer;
  return GBM_FORMAT_XRGB8888;
}
uint32_t gbm_bo_get_stride(struct gbm_bo *buffer) {
  (void)buffer;
  return (uint32_t)width * 4;
}
uint32_t gbm_bo_get_stride_for_plane(struct gbm_bo *buffer, int plane) {
  (void)plane;
  return gbm_bo_get_stride(buffer);
}
uint64_t gbm_bo_get_modifier(struct gbm_bo *buffer) {
  (void)buffer;
  return 0;
}
int gbm_bo_get_plane_count(struct gbm_bo *buffer) {
  (void)buffer;
  return 1;
}
uint32_t gbm_bo_get_offset(struct gbm_bo *buffer, int plane) {
  (void)buffer, (void)plane;
  return 0;
}
union gbm_bo_handle gbm_bo_get_handle(struct gbm_bo *buffer) {
  (void)buffer;
  return (union gbm_bo_handle){.u32 = FRAMEBUFFER};
}
union gbm_bo_handle gbm_bo_get_handle_for_plane(struct gbm_bo *buffer, int plane) {
  (void)plane;
  return gbm_bo_get_handle(buffer);
}

// ---- EGL: a surface without a window ----

static EGLDisplay surfaceless(void) {
  PFNEGLGETPLATFORMDISPLAYEXTPROC get = ((PFNEGLGETPLATFORMDISPLAYEXTPROC(*)(const char *))real(
      "eglGetProcAddress"))("eglGetPlatformDisplayEXT");
  return get(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
}
static EGLDisplay get_platform_display(EGLenum platform, void *display, const EGLint *attributes) {
  (void)platform, (void)display, (void)attributes;
  return surfaceless();
}
EGLDisplay eglGetDisplay(EGLNativeDisplayType display) {
  (void)display;
  return surfaceless();
}

EGLBoolean eglChooseConfig(EGLDisplay display, const EGLint *attributes, EGLConfig *configs, EGLint size,
                           EGLint *count) {
  EGLint offscreen[64] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT};
  int length = 2;
  for (; *attributes != EGL_NONE && length < 62; attributes += 2) {
    if (attributes[0] == EGL_SURFACE_TYPE) continue;
    offscreen[length++] = attributes[0];
    offscreen[length++] = attributes[1];
  }
  offscreen[length] = EGL_NONE;
  return ((EGLBoolean(*)(EGLDisplay, const EGLint *, EGLConfig *, EGLint, EGLint *))real("eglChooseConfig"))(
      display, offscreen, configs, size, count);
}
EGLBoolean eglGetConfigAttrib(EGLDisplay display, EGLConfig config, EGLint attribute, EGLint *value) {
  if (attribute == EGL_NATIVE_VISUAL_ID) {
    *value = GBM_FORMAT_XRGB8888;
    return EGL_TRUE;
  }
  return ((EGLBoolean(*)(EGLDisplay, EGLConfig, EGLint, EGLint *))real("eglGetConfigAttrib"))(
      display, config, attribute, value);
}
EGLSurface eglCreateWindowSurface(EGLDisplay display, EGLConfig config, EGLNativeWindowType window,
                                  const EGLint *attributes) {
  (void)window, (void)attributes;
  return eglCreatePbufferSurface(display, config,
                                 (const EGLint[]){EGL_WIDTH, width, EGL_HEIGHT, height, EGL_NONE});
}

static bool is_wanted(const char *list, const char *end) {
  while (list < end) {
    char *next;
    if (strtol(list, &next, 10) == frame) return true;
    list = next + 1;
  }
  return false;
}
static void keep_frame(void) {
  const char *list = getenv("NATIVE_KMS_FRAMES");
  const char *folder = list ? strchr(list, ':') : NULL;
  if (!folder || !is_wanted(list, folder)) return;
  char path[4096];
  snprintf(path, sizeof path, "%s/%ld.rgba", folder + 1, frame);
  size_t size = (size_t)width * (size_t)height * 4;
  void *pixels = malloc(size);
  FILE *file = fopen(path, "wb");
  if (!pixels || !file) abort();
  glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
  if (fwrite(pixels, 1, size, file) != size || fclose(file)) abort();
  free(pixels);
}
// Swapping such a surface does nothing, and drivers then draw nothing either; so a frame ends when it is
// drawn. kmscube swaps once before it draws its first frame.
EGLBoolean eglSwapBuffers(EGLDisplay display, EGLSurface surface) {
  static bool has_begun;
  if (has_begun) {
    keep_frame();
    frame += 1;
  }
  has_begun = true;
  glFinish();
  return ((EGLBoolean(*)(EGLDisplay, EGLSurface))real("eglSwapBuffers"))(display, surface);
}

// Who looks functions up finds those above too: by this function, or in the library.
__eglMustCastToProperFunctionPointerType eglGetProcAddress(const char *name) {
  static const struct {
    const char *name;
    __eglMustCastToProperFunctionPointerType function;
  } ours[] = {
#define OURS(name, function) {name, (__eglMustCastToProperFunctionPointerType)function}
      OURS("eglGetPlatformDisplayEXT", get_platform_display),
      OURS("eglGetDisplay", eglGetDisplay),
      OURS("eglChooseConfig", eglChooseConfig),
      OURS("eglGetConfigAttrib", eglGetConfigAttrib),
      OURS("eglCreateWindowSurface", eglCreateWindowSurface),
      OURS("eglSwapBuffers", eglSwapBuffers),
  };
  for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
    if (strcmp(name, ours[i].name) == 0) return ours[i].function;
  }
  return ((__eglMustCastToProperFunctionPointerType(*)(const char *))real("eglGetProcAddress"))(name);
}
void *dlopen(const char *name, int flags) {
  bool is_egl = name && strncmp(name, "libEGL.so", strlen("libEGL.so")) == 0;
  return ((void *(*)(const char *, int))real("dlopen"))(is_egl ? NULL : name, flags);
}
