#include "calls.h"

#include <vector>

#include "calls/areas.h"

namespace virgl {

std::span<const Call> Calls() {
  static const std::vector<Call> calls = [] {
    std::vector<Call> all;
    for (const auto area :
         {RendererCalls(), ContextCalls(), FenceCalls(), ResourceCalls(), ExportCalls(), TransferCalls()}) {
      all.insert(all.end(), area.begin(), area.end());
    }
    return all;
  }();
  return calls;
}

}  // namespace virgl
