#include "request_pump.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <utility>

#include "../calls/plain.h"
#include "../poll_until.h"

namespace virgl {

namespace {

constexpr uint32_t kMaxId = 0x7fffffff;

// kCreate's arguments.
constexpr size_t kIdArgument = 0;
constexpr size_t kSharedBytesArgument = 10;

// kPut's and kGet's.
constexpr size_t kBytesArgument = 10;

abi::ResourceCreateArgs ArgsOf(uint32_t id, const std::array<uint32_t, 9> &rest) {
  abi::ResourceCreateArgs args = {};
  args.handle = id;
  args.target = rest[0];
  args.format = rest[1];
  args.bind = rest[2];
  args.width = rest[3];
  args.height = rest[4];
  args.depth = rest[5];
  args.array_size = rest[6];
  args.last_level = rest[7];
  args.nr_samples = rest[8];
  return args;
}

std::unique_ptr<Backing> BackingOf(const std::shared_ptr<Mapping> &mapping) {
  auto backing = std::make_unique<Backing>();
  const auto bytes = mapping->bytes();
  backing->iovecs.push_back({bytes.data(), bytes.size()});
  backing->owners.push_back(mapping);
  return backing;
}

}  // namespace

RequestPump::RequestPump(PumpTable table, PumpLimits limits, std::shared_ptr<Mapping> progress,
                         const PumpParts &parts)
    : table_(std::move(table)),
      limits_(limits),
      progress_(std::move(progress)),
      fences_(parts.renderer),
      buffers_(limits.max_open_memories) {}

RequestPump::Stop RequestPump::Run(const PumpParts &parts, const Session &session, Inbox &inbox,
                                   Report &report) {
  const Turn turn = {parts, session, report};
  for (;;) {
    Stop stop = RunRequests(turn, inbox);
    if (stop == Stop::kNone) stop = Receive(turn, inbox);
    if (stop == Stop::kNone) continue;
    if (recorder_) recorder_->Reached(fences_.Retired());
    return stop;
  }
}

RequestPump::Stop RequestPump::RunRequests(const Turn &turn, Inbox &inbox) {
  // Requests that were sent together are run without looking for more in between.
  for (;;) {
    // Anything that is still to be told is told in front of what follows.
    if (!turn.parts.completions.Empty()) return Stop::kAnswered;
    PumpRequest request;
    const auto received = inbox.memory.subspan(inbox.start, inbox.end - inbox.start);
    const bool has_context = turn.session.context_id != 0;
    const PumpFind found = FindRequest(table_, received, has_context, limits_.max_request_bytes, request);
    if (found == PumpFind::kMissing) return Stop::kNone;
    if (found == PumpFind::kUnhandled) return Stop::kUnhandled;
    progress_.Begin(request.id);
    const Stop stop = Act(turn, request);
    if (stop == Stop::kUnhandled) {
      progress_.Unbegin();
      return stop;
    }
    progress_.End();
    turn.report.requests += 1;
    turn.report.last_id = request.id;
    inbox.start += request.bytes;
    if (inbox.start == inbox.end) inbox.start = inbox.end = 0;
    if (stop != Stop::kNone) return stop;
  }
}

RequestPump::Stop RequestPump::Receive(const Turn &turn, Inbox &inbox) {
  const auto room = inbox.memory.subspan(inbox.end);
  if (room.empty()) return Stop::kUnhandled;
  UnixSocket &socket = turn.parts.socket;
  const Deadline until = DeadlineIn(turn.session.wait_ms);
  ssize_t received;
  while ((received = socket.TryReceive(room)) == -EAGAIN) {
    std::array<pollfd, 2> fds = {{{socket.Fd(), POLLIN, 0}, {turn.session.also_wake, POLLIN, 0}}};
    const int ready = PollUntil(fds, until);
    if (ready < 0) received = ready;
    if (ready < 0) break;
    if (fds[0].revents == 0) return Stop::kNothing;
  }
  if (received < 0) {
    turn.report.error = static_cast<int>(-received);
    return Stop::kReceiveFailed;
  }
  if (received == 0) return Stop::kClosed;
  inbox.end += static_cast<size_t>(received);
  turn.report.received_bytes += static_cast<uint64_t>(received);
  return Stop::kNone;
}

RequestPump::Stop RequestPump::Act(const Turn &turn, const PumpRequest &request) {
  // Where the writer is behind, JavaScript waits for it.
  if (recorder_ && !recorder_->HasRoom(request.tail.size())) return Stop::kUnhandled;
  switch (request.row->action) {
    case PumpAction::kAnswer:
      return Answer(turn, request);
    case PumpAction::kSubmit:
      return Submit(turn, request);
    case PumpAction::kCreate:
      return Create(turn, request);
    case PumpAction::kDrop:
      return Drop(turn, request);
    case PumpAction::kUpload:
      return Upload(turn, request);
    case PumpAction::kDownload:
      return Download(turn, request);
    case PumpAction::kPut:
      return Put(turn, request);
    case PumpAction::kGet:
      return Get(turn, request);
    case PumpAction::kSettle:
      return Settle(turn, request);
  }
  return Stop::kUnhandled;
}

RequestPump::Stop RequestPump::Answer(const Turn &turn, const PumpRequest &request) {
  return Sent(turn, outbox_.Send(turn.parts.socket.Fd(), std::as_bytes(std::span(request.row->answer))));
}

RequestPump::Stop RequestPump::Submit(const Turn &turn, const PumpRequest &request) {
  if (!request.tail.empty()) {
    if (recorder_ && !recorder_->Submit(turn.session.context_id, request.tail)) return Stop::kUnhandled;
    turn.report.submits += 1;
    const bool quiet = turn.parts.executor.RunQuietly([&](Renderer &renderer, CallResult &result) {
      return SubmitCmd(renderer, turn.session.context_id, request.tail, result);
    });
    // Whoever hears of it makes the fence.
    if (!quiet) return Stop::kSubmitAnswered;
  }
  if (recorder_) recorder_->Fence(fences_.Next());
  return fences_.Make(turn.parts.executor) ? Stop::kNone : Stop::kFenceAnswered;
}

RequestPump::Stop RequestPump::Create(const Turn &turn, const PumpRequest &request) {
  const bool own_id = turn.session.chooses_ids;
  const uint32_t wanted = request.Argument(kIdArgument);
  const size_t shared_bytes = request.Argument(kSharedBytesArgument);
  if (own_id != (wanted == 0) || shared_bytes == 0) return Stop::kUnhandled;
  std::array<uint32_t, 9> rest;
  for (size_t i = 0; i < rest.size(); ++i) rest[i] = request.Argument(1 + i);
  constexpr size_t kWidth = 3;
  const uint64_t bytes = static_cast<uint64_t>(rest[kWidth]) + shared_bytes;
  if (static_cast<double>(buffers_.bytes() + bytes) > turn.session.budget_bytes) return Stop::kUnhandled;

  const uint32_t id = own_id ? buffers_.TakeId() : wanted;
  const auto give_up = [&] {
    if (own_id) buffers_.GiveBackId(id);
    return Stop::kUnhandled;
  };
  if (id > kMaxId || turn.parts.renderer.HasResource(id)) return give_up();
  auto memory = buffers_.TakeMemory(shared_bytes, id);
  if (!memory) return give_up();
  const abi::ResourceCreateArgs args = ArgsOf(id, rest);
  const int status = turn.parts.executor.RunUnheard([&](Renderer &renderer, CallResult &) {
    return ResourceCreate(renderer, args, BackingOf(memory->mapping));
  });
  if (status != 0) {
    buffers_.GiveBackMemory(std::move(memory));
    return give_up();
  }
  turn.parts.renderer.library().virgl_renderer_ctx_attach_resource(static_cast<int>(turn.session.context_id),
                                                                   static_cast<int>(id));
  const uint32_t recorded = recorder_ ? recorder_->Created(args, shared_bytes, turn.session.context_id) : 0;
  return Share(turn, request,
               std::make_unique<PumpedBuffer>(PumpedBuffer{args, std::move(memory), own_id, recorded}));
}

// Tells the client of its new buffer.
RequestPump::Stop RequestPump::Share(const Turn &turn, const PumpRequest &request,
                                     std::unique_ptr<PumpedBuffer> buffer) {
  int error = buffer->own_id ? SendAnswer(turn, request, buffer->args.handle) : 0;
  constexpr std::byte kFdByte{0};
  if (error == 0) error = outbox_.Send(turn.parts.socket.Fd(), {&kFdByte, 1}, buffer->memory->fd.Get());
  buffers_.Add(std::move(buffer));
  return Sent(turn, error);
}

RequestPump::Stop RequestPump::Drop(const Turn &turn, const PumpRequest &request) {
  const uint32_t id = request.Argument(kIdArgument);
  auto buffer = buffers_.Release(id);
  if (!buffer) return Stop::kUnhandled;
  if (recorder_) recorder_->Drop(id, buffer->recorded_memory);
  turn.parts.renderer.UnrefResource(id);
  buffers_.Drop(std::move(buffer));
  return Said(turn);
}

RequestPump::Stop RequestPump::Upload(const Turn &turn, const PumpRequest &request) {
  const PumpTransfer transfer = TransferWithOffset(request);
  if (!IsForPump(turn, transfer)) return Stop::kUnhandled;
  return Copy(turn, transfer, &PumpTransfer::Upload, {}) ? Said(turn) : Stop::kUnhandled;
}

RequestPump::Stop RequestPump::Download(const Turn &turn, const PumpRequest &request) {
  const PumpTransfer transfer = TransferWithOffset(request);
  if (!IsForPump(turn, transfer)) return Stop::kUnhandled;
  return Copy(turn, transfer, &PumpTransfer::Download, {}) ? Said(turn) : Stop::kUnhandled;
}

RequestPump::Stop RequestPump::Put(const Turn &turn, const PumpRequest &request) {
  const PumpTransfer transfer = TransferWithStrides(request);
  const auto memory = std::as_writable_bytes(request.tail);
  // Nothing to copy is not the resource's backing.
  if (memory.empty() || !IsForPump(turn, transfer)) return Stop::kUnhandled;
  return Copy(turn, transfer, &PumpTransfer::Upload, memory) ? Said(turn) : Stop::kUnhandled;
}

RequestPump::Stop RequestPump::Get(const Turn &turn, const PumpRequest &request) {
  const PumpTransfer transfer = TransferWithStrides(request);
  // No memory is kept for what others answer.
  if (!IsForPump(turn, transfer)) return Stop::kUnhandled;
  const auto memory = Scratch(request.Argument(kBytesArgument));
  if (memory.empty() || !Copy(turn, transfer, &PumpTransfer::Download, memory)) return Stop::kUnhandled;
  // To wait for the client to read is not to hang.
  progress_.End();
  return Sent(turn, outbox_.SendWaiting(turn.parts.socket.Fd(), memory));
}

// Where somebody records, what the client has written, or gets to read, is compared and kept by others.
bool RequestPump::IsForPump(const Turn &turn, const PumpTransfer &transfer) const {
  return !recorder_ && transfer.IsPlain(turn.parts.renderer);
}

// What fails has done nothing, and fails once more.
bool RequestPump::Copy(const Turn &turn, const PumpTransfer &transfer, TransferCall call,
                       std::span<std::byte> memory) {
  return turn.parts.executor.RunUnheard([&](Renderer &renderer, CallResult &) {
    return (transfer.*call)(renderer, turn.session.context_id, memory);
  }) == 0;
}

PumpTransfer RequestPump::TransferWithOffset(const PumpRequest &request) {
  size_t next = 0;
  PumpTransfer transfer = {};
  transfer.id = request.Argument(next++);
  transfer.level = request.Argument(next++);
  for (uint32_t &side : transfer.box) side = request.Argument(next++);
  transfer.offset = request.Argument(next);
  return transfer;
}

PumpTransfer RequestPump::TransferWithStrides(const PumpRequest &request) {
  size_t next = 0;
  PumpTransfer transfer = {};
  transfer.id = request.Argument(next++);
  transfer.level = request.Argument(next++);
  transfer.stride = request.Argument(next++);
  transfer.layer_stride = request.Argument(next++);
  for (uint32_t &side : transfer.box) side = request.Argument(next++);
  return transfer;
}

// Memory that is kept because it costs more to get than to fill; empty for more than there may be.
std::span<std::byte> RequestPump::Scratch(size_t bytes) {
  if (bytes > limits_.max_request_bytes) return {};
  if (scratch_.size() < bytes) scratch_.resize(bytes);
  return std::span(scratch_).first(bytes);
}

RequestPump::Stop RequestPump::Settle(const Turn &turn, const PumpRequest &request) {
  CallExecutor &executor = turn.parts.executor;
  if (fences_.Busy()) {
    const bool waits = (request.Argument(0) & 1) != 0;
    if (waits) {
      fences_.Await(executor);
    } else {
      executor.PollFences();
    }
  }
  if (recorder_) recorder_->Reached(fences_.Retired());
  return Sent(turn, SendAnswer(turn, request, fences_.Busy() ? 1 : 0));
}

// The row's answer and one dword more.
int RequestPump::SendAnswer(const Turn &turn, const PumpRequest &request, uint32_t told) {
  std::vector<uint32_t> answer = request.row->answer;
  answer.push_back(told);
  return outbox_.Send(turn.parts.socket.Fd(), std::as_bytes(std::span(answer)));
}

// After a request that has nothing more to send.
RequestPump::Stop RequestPump::Said(const Turn &turn) {
  if (!turn.parts.completions.Empty()) turn.parts.executor.Succeeded();
  return outbox_.Empty() ? Stop::kNone : Stop::kUnsent;
}

RequestPump::Stop RequestPump::Sent(const Turn &turn, int error) {
  if (error == 0) return Said(turn);
  turn.report.error = error;
  return Stop::kSendFailed;
}

}  // namespace virgl
