// Which release of virglrenderer a library is. There is no way to ask it, so the file name and the symbols tell.
// Facts: the project's meson.build (file versions) and the first release of each symbol in virglrenderer.h.

import path from 'node:path';
import type { LibraryDescription } from './addon';

/** File version after `libvirglrenderer.so.` to release. */
const FILE_VERSIONS: Readonly<Record<string, string>> = {
  '1.7.7': '0.10.4',
  '1.8.9': '1.0.1',
  '1.9.0': '1.1.0',
  '1.9.1': '1.1.1',
  '1.10.0': '1.2.0',
  '1.11.0': '1.3.0',
};

/** The newest marker symbol that is there decides. */
const MARKERS: readonly (readonly [symbol: string, release: string])[] = [
  ['virgl_renderer_resource_map_fixed', '1.3'],
  ['virgl_renderer_get_dev_fd', '1.2'],
  ['virgl_set_log_callback', '1.0'],
  ['virgl_renderer_resource_import_blob', '0.10'],
];

/** A release, as exact as it can be told. */
export interface LibraryRelease {
  /** For example `0.10.4`, or `1.0` when only the symbols could be asked. */
  release: string;
  /** False if `release` is the oldest it can be. */
  exact: boolean;
}

/** The release of a library. */
export const libraryRelease = ({ path: file, functions }: LibraryDescription): LibraryRelease => {
  const version = path.basename(file).replace(/^libvirglrenderer\.so\.?/, '');
  const known = FILE_VERSIONS[version];
  if (known !== undefined) return { release: known, exact: true };
  const marker = MARKERS.find(([symbol]) => functions[symbol]);
  return { release: marker?.[1] ?? '0.9', exact: false };
};
