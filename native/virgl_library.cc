#include "virgl_library.h"

#include <dlfcn.h>

#include <climits>
#include <cstdlib>

namespace virgl {

std::shared_ptr<const VirglLibrary> VirglLibrary::Open(const std::string &path, std::string *error) {
  const char *name = path.empty() ? "libvirglrenderer.so.1" : path.c_str();
  // Never closed again: Mesa and LLVM leave thread-local destructors behind that would run in unmapped code.
  void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    *error = dlerror();
    return nullptr;
  }
  auto library = std::make_shared<VirglLibrary>();
#define VIRGL_LOOK_UP(name, first_release, prototype) \
  library->name = reinterpret_cast<decltype(library->name)>(dlsym(handle, #name));
  VIRGL_FUNCTIONS(VIRGL_LOOK_UP)
#undef VIRGL_LOOK_UP

  // The latter came with 0.10; older releases take other fence callbacks.
  if (library->virgl_renderer_init == nullptr || library->virgl_renderer_resource_import_blob == nullptr) {
    *error = std::string(name) + " is no virglrenderer of release 0.10 or newer";
    return nullptr;
  }
  Dl_info info;
  char resolved[PATH_MAX];
  if (dladdr(reinterpret_cast<void *>(library->virgl_renderer_init), &info) != 0 &&
      realpath(info.dli_fname, resolved) != nullptr) {
    library->path_ = resolved;
  }
  return library;
}

std::vector<std::pair<const char *, bool>> VirglLibrary::Functions() const {
  return {
#define VIRGL_LIST(name, first_release, prototype) {#name, name != nullptr},
      VIRGL_FUNCTIONS(VIRGL_LIST)
#undef VIRGL_LIST
  };
}

}  // namespace virgl
