// Starts virglrenderer on the render thread: one way after the other until one works.

import { VirglError } from '../protocol/error';
import type { LibraryDescription } from './addon';
import type { CallChannel } from './call-channel';
import { ArgumentWords } from './encode-arguments';
import { describeErrno } from './errno';
import { type LibraryRelease, libraryRelease } from './library-release';
import type { StartPlan } from './open-options';

/** What a running renderer is. */
export interface NativeHostInfo extends LibraryRelease {
  /** The library's file. */
  libraryPath: string;
  /** How the GL context was made. */
  platform: StartPlan['platform'];
  /** The device, when one was given or found. */
  renderNode?: string;
  /**
   * `VIRGL_RENDERER_*` init flags. Once a host of the process had asyncFenceCallback, all later ones have it: virglrenderer
   * does not forget it.
   */
  initFlags: number;
  /** What virglrenderer logged while it started. */
  startLog: string;
  /** Why earlier ways to start did not work. */
  failedStarts: string[];
}

const init = (
  channel: CallChannel,
  plan: StartPlan,
): Promise<{ status: number; flags: number; startLog: string }> => {
  const words = new ArgumentWords();
  words.u32(plan.flags);
  words.text(new TextEncoder().encode(plan.renderNode));
  words.u32(plan.ignoreLostContexts === true ? 1 : 0);
  return new Promise((resolve, reject) => {
    channel.send(channel.numberOf('init'), words.finish(), {
      answered: (status, [flags = plan.flags], startLog) => resolve({ status, flags, startLog }),
      abandoned: reject,
    });
  });
};

/**
 * Tries each plan in turn.
 * @throws VirglError `ERR_VIRGL_INIT` with what each of them answered
 */
export const startRenderer = async (
  channel: CallChannel,
  library: LibraryDescription,
  plans: readonly StartPlan[],
): Promise<NativeHostInfo> => {
  const failedStarts: string[] = [];
  let log = '';
  for (const plan of plans) {
    const { status, flags, startLog } = await init(channel, plan);
    if (status === 0) {
      return {
        ...libraryRelease(library),
        libraryPath: library.path,
        platform: plan.platform,
        renderNode: plan.renderNode === '' ? undefined : plan.renderNode,
        initFlags: flags,
        startLog,
        failedStarts,
      };
    }
    log += startLog;
    const where = plan.renderNode === '' ? plan.platform : `${plan.platform} on ${plan.renderNode}`;
    failedStarts.push(`${where}: ${describeErrno(status)}${startLog === '' ? '' : `: ${startLog.trim()}`}`);
  }
  throw new VirglError(
    'ERR_VIRGL_INIT',
    `virglrenderer could not start (${failedStarts.join('; ')}). \`npx virgl doctor\` says what is missing`,
    { operation: 'NativeHost.open', log },
  );
};
