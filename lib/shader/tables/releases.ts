// Releases of virglrenderer whose shader code was compared. Facts: git tags of the virglrenderer project.

/** Releases that {@link checkTgsi} knows, oldest first. 0.10.4 and 1.0.0 differ most in their shader code. */
export const TGSI_RELEASES = ['0.10.4', '1.0.0', '1.0.1', '1.1.0', '1.1.1', '1.2.0', '1.3.0'] as const;

/** One of {@link TGSI_RELEASES}. */
export type TgsiRelease = (typeof TGSI_RELEASES)[number];

/** Whether `release` has what came with `since`; everything has what came with no stated release. */
export const releaseHas = (release: TgsiRelease, since: TgsiRelease | undefined): boolean =>
  since === undefined || TGSI_RELEASES.indexOf(release) >= TGSI_RELEASES.indexOf(since);
