// Who does the work of a server's clients.

import type { UnixSocket } from '../../host';
import type { VtestClientReport } from './events';

/** What a client's session may say while it goes on. */
export interface SessionNotes {
  /** The client's number at the server. */
  readonly client: number;
  warning(message: string): void;
  library(message: string): void;
}

/** Serves clients. */
export interface VtestBackend {
  /** Serves one client to its end; closes its socket. Never rejects. */
  serve(socket: UnixSocket, notes: SessionNotes): Promise<Omit<VtestClientReport, 'durationMs'>>;
  /** Ends all sessions, and whatever rendered for them. */
  close(): Promise<void>;
}
