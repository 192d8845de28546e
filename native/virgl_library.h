// Finds and opens libvirglrenderer.so.1 at run time and looks up each function by name.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "virglrenderer_abi.h"

namespace virgl {

class VirglLibrary {
 public:
  // An empty path means libvirglrenderer.so.1 from the loader's search path. On failure null, and `error`
  // says why.
  static std::shared_ptr<const VirglLibrary> Open(const std::string &path, std::string *error);

#define VIRGL_DECLARE(name, first_release, prototype) std::add_pointer_t<prototype> name = nullptr;
  VIRGL_FUNCTIONS(VIRGL_DECLARE)
#undef VIRGL_DECLARE

  // The file that the loader chose, with symbolic links resolved.
  const std::string &path() const { return path_; }
  // Every known function and whether this library has it.
  std::vector<std::pair<const char *, bool>> Functions() const;

 private:
  std::string path_;
};

}  // namespace virgl
