#include "parcels.h"

namespace virgl {

uint32_t ParcelTable::Put(Parcel parcel) {
  std::lock_guard lock(mutex_);
  do {
    ++last_token_;
  } while (last_token_ == 0 || parcels_.contains(last_token_));
  parcels_.emplace(last_token_, std::move(parcel));
  return last_token_;
}

Parcel ParcelTable::Take(uint32_t token) {
  std::lock_guard lock(mutex_);
  auto node = parcels_.extract(token);
  return node ? std::move(node.mapped()) : Parcel();
}

void ParcelTable::Clear() {
  std::lock_guard lock(mutex_);
  parcels_.clear();
}

}  // namespace virgl
