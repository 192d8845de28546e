// A recorder as JavaScript describes it (lib/host/pump-recorder.ts).
#pragma once

#include <napi.h>

#include <memory>

#include "pump_recorder.h"

namespace virgl {

// {ring: Uint32Array, layout: {head, tail, state, data, writing}, records: {[name]: {words, places,
// hasTail}}, rules: {kinds, watchedTypes, clearPlace, colourBits, targetCountPlace, firstTargetPlace,
// subContextPlace}, state: Float64Array, beginMs}, whose arrays must stay valid as long as the recorder. Null
// if it is not that.
std::unique_ptr<PumpRecorder> ReadRecorder(const Napi::Object &plan);

}  // namespace virgl
