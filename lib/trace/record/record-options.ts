// How much a recorder finds out and keeps.

import { invalidArgument } from '../../protocol/error';
import { checkKeys } from '../../protocol/check-keys';
import type { FrameRule } from './frame-detector';

/** Options of {@link RecordingHost}. */
export interface RecordOptions {
  /**
   * Where frames end. `readback`: where all of a render target is read that was drawn to. `clear`: before a submit that clears a
   * target which was cleared in this frame already. `auto` (the default) takes both; `none` only `markFrame()`.
   */
  frames?: FrameRule;
  /**
   * For which frames the picture in their target is read and its digest kept. To read it costs: `some` (the default) are the
   * first three and then one a second, `all`, `none`. Where the client has read it itself, that is taken in any case but `none`.
   */
  pictures?: 'some' | 'all' | 'none';
}

const CHOICES = {
  frames: ['auto', 'readback', 'clear', 'none'],
  pictures: ['some', 'all', 'none'],
} as const;

const OPERATION = 'RecordingHost';

/** @throws VirglError `ERR_VIRGL_ARGUMENT` */
export const checkRecordOptions = (options: RecordOptions): Required<RecordOptions> => {
  checkKeys(OPERATION, undefined, options, Object.keys(CHOICES));
  const { frames = 'auto', pictures = 'some' } = options;
  for (const [name, value] of Object.entries({ frames, pictures })) {
    const choices: readonly string[] = CHOICES[name as keyof typeof CHOICES];
    if (!choices.includes(value))
      throw invalidArgument(OPERATION, name, `one of ${choices.join(', ')}`, value);
  }
  return { frames, pictures };
};
