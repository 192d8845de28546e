// Time for other threads to save what they have before a fatal signal ends the process: the thread that
// crashed waits in a handler of the signal first.
#pragma once

#include <napi.h>

namespace virgl {

// JavaScript: holdCrashes(milliseconds). From now on a crash waits so long, until letCrashes() was called as
// often.
void HoldCrashes(const Napi::CallbackInfo &info);

// JavaScript: letCrashes().
void LetCrashes(const Napi::CallbackInfo &info);

}  // namespace virgl
