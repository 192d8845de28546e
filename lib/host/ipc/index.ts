// Unix sockets with file descriptors, and eventfds.

export { EventFd } from './event-fd';
export { PollSet, type PollSetFds } from './poll-set';
export { type ListenOptions, UnixListener } from './unix-listener';
export {
  type PeerCredentials,
  type ReceiveSyncOptions,
  type SendOptions,
  type SendSyncOptions,
  UnixSocket,
} from './unix-socket';
