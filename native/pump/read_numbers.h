// Numbers out of what JavaScript describes the work of a pump with.
#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

namespace virgl {

inline uint32_t ReadNumber(const Napi::Value &value) { return value.As<Napi::Number>().Uint32Value(); }

// Empty for anything but an array.
inline std::vector<uint32_t> ReadNumbers(const Napi::Value &value) {
  std::vector<uint32_t> numbers;
  if (!value.IsArray()) return numbers;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) numbers.push_back(ReadNumber(array.Get(i)));
  return numbers;
}

}  // namespace virgl
