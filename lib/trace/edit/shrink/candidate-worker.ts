// The process that plays candidates, one after the other on one virglrenderer, which may crash. Its messages are those of
// CandidateRunner.

import { NativeHost } from '../../../host';
import type { TraceRecord } from '../../model';
import { type CandidateOutcome, playCandidate, type PixelPlace } from './play-candidate';

/** A candidate to play. */
export interface CandidateJob {
  records: readonly TraceRecord[];
  place?: PixelPlace;
}

/** What came of it. */
export type CandidateReply = { outcome: CandidateOutcome } | { fault: string };

const serve = async (): Promise<void> => {
  const host = await NativeHost.open({ inline: true });
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ records, place }: CandidateJob) => {
    const reply = (answer: CandidateReply): void => void process.send?.(answer);
    playCandidate(host, records, place)
      .then(async (outcome) => {
        // Also what is only found out when everything is destroyed belongs to this candidate.
        await host.reset();
        reply({ outcome });
      })
      .catch((error: unknown) => reply({ fault: String(error) }));
  });
  process.send?.('ready');
};

void serve();
