// Runs requests of a client where they are received, as far as a table describes them, and stops at the first
// that it does not: whatever is rare, wrong or refused is JavaScript's, which finds it as if nobody had
// looked at it before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "../call_executor.h"
#include "../unix_socket.h"
#include "outbox.h"
#include "pump_progress.h"
#include "pump_recorder.h"
#include "pump_request.h"
#include "pump_table.h"
#include "pump_transfer.h"
#include "pumped_buffers.h"
#include "submit_fences.h"

namespace virgl {

// What the pump runs on; everything outlives it.
struct PumpParts {
  Renderer &renderer;
  Completions &completions;
  CallExecutor &executor;
  UnixSocket &socket;
};

struct PumpLimits {
  uint64_t max_request_bytes;
  size_t max_open_memories;
};

class RequestPump {
 public:
  // Why Run returned.
  enum class Stop : int {
    kNone = 0,
    // The client has ended the connection.
    kClosed = 1,
    // Nothing came in time, or another descriptor is readable.
    kNothing = 2,
    // The first of what was received is for somebody else, or has no room.
    kUnhandled = 3,
    // Of the submit that was just run there is more to tell than that it succeeded: it waits among the
    // completions. The same of a fence, and of anything else, which has succeeded.
    kSubmitAnswered = 4,
    kFenceAnswered = 5,
    kAnswered = 6,
    // The client has to read before more can be sent to it.
    kUnsent = 7,
    // A system call on the socket failed: `error` of the report.
    kSendFailed = 8,
    kReceiveFailed = 9,
  };

  // Of the session, as it is for the time of a Run.
  struct Session {
    uint32_t context_id;
    // Whether clients leave it to the server to choose ids.
    bool chooses_ids;
    // Bytes that all buffers of the pump may have.
    double budget_bytes;
    double wait_ms;
    // Readable when the session has to end.
    int also_wake;
  };

  // What happened during a Run.
  struct Report {
    uint32_t requests = 0;
    uint32_t submits = 0;
    uint64_t received_bytes = 0;
    uint32_t last_id = 0;
    int error = 0;
  };

  // Received bytes that nobody has handled yet are [start, end) of the memory.
  struct Inbox {
    std::span<std::byte> memory;
    size_t start;
    size_t end;
  };

  // `progress` is for PumpProgress.
  RequestPump(PumpTable table, PumpLimits limits, std::shared_ptr<Mapping> progress, const PumpParts &parts);

  Stop Run(const PumpParts &parts, const Session &session, Inbox &inbox, Report &report);

  // From now on what it does is recorded.
  void Record(std::unique_ptr<PumpRecorder> recorder) { recorder_ = std::move(recorder); }
  // Null if nobody records.
  PumpRecorder *recorder() { return recorder_.get(); }

  SubmitFences &fences() { return fences_; }
  Outbox &outbox() { return outbox_; }
  PumpedBuffers &buffers() { return buffers_; }

 private:
  // What a Run works with.
  struct Turn {
    const PumpParts &parts;
    const Session &session;
    Report &report;
  };

  // kUpload's and kDownload's arguments.
  static PumpTransfer TransferWithOffset(const PumpRequest &request);
  // kPut's and kGet's.
  static PumpTransfer TransferWithStrides(const PumpRequest &request);
  Stop RunRequests(const Turn &turn, Inbox &inbox);
  Stop Receive(const Turn &turn, Inbox &inbox);
  Stop Act(const Turn &turn, const PumpRequest &request);
  Stop Submit(const Turn &turn, const PumpRequest &request);
  Stop Create(const Turn &turn, const PumpRequest &request);
  Stop Share(const Turn &turn, const PumpRequest &request, std::unique_ptr<PumpedBuffer> buffer);
  Stop Drop(const Turn &turn, const PumpRequest &request);
  Stop Upload(const Turn &turn, const PumpRequest &request);
  Stop Download(const Turn &turn, const PumpRequest &request);
  Stop Put(const Turn &turn, const PumpRequest &request);
  Stop Get(const Turn &turn, const PumpRequest &request);
  bool IsForPump(const Turn &turn, const PumpTransfer &transfer) const;
  using TransferCall = int (PumpTransfer::*)(Renderer &, uint32_t, std::span<std::byte>) const;
  bool Copy(const Turn &turn, const PumpTransfer &transfer, TransferCall call, std::span<std::byte> memory);
  std::span<std::byte> Scratch(size_t bytes);
  Stop Settle(const Turn &turn, const PumpRequest &request);
  Stop Answer(const Turn &turn, const PumpRequest &request);
  int SendAnswer(const Turn &turn, const PumpRequest &request, uint32_t told);
  Stop Said(const Turn &turn);
  Stop Sent(const Turn &turn, int error);

  const PumpTable table_;
  const PumpLimits limits_;
  PumpProgress progress_;
  SubmitFences fences_;
  Outbox outbox_;
  std::unique_ptr<PumpRecorder> recorder_;
  PumpedBuffers buffers_;
  std::vector<std::byte> scratch_;
};

}  // namespace virgl
