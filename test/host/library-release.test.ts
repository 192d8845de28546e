// Which release a library is, from its file name or, failing that, its symbols.

import { libraryRelease } from '../../lib/host/library-release';

const IMPORT_BLOB = 'virgl_renderer_resource_import_blob';
const LOG_CALLBACK = 'virgl_set_log_callback';
const DEV_FD = 'virgl_renderer_get_dev_fd';
const MAP_FIXED = 'virgl_renderer_resource_map_fixed';

test.each([
  { file: 'libvirglrenderer.so.1.7.7', release: '0.10.4' },
  { file: 'libvirglrenderer.so.1.8.9', release: '1.0.1' },
  { file: 'libvirglrenderer.so.1.9.0', release: '1.1.0' },
  { file: 'libvirglrenderer.so.1.9.1', release: '1.1.1' },
  { file: 'libvirglrenderer.so.1.10.0', release: '1.2.0' },
  { file: 'libvirglrenderer.so.1.11.0', release: '1.3.0' },
])('$file is $release, whatever its symbols', ({ file, release }) => {
  for (const functions of [{ [MAP_FIXED]: false }, { [MAP_FIXED]: true }])
    expect(libraryRelease({ path: `/usr/lib/${file}`, functions })).toEqual({ release, exact: true });
});

test.each([
  { file: 'libvirglrenderer.so', has: [IMPORT_BLOB], release: '0.10' },
  { file: 'libvirglrenderer.so.1', has: [IMPORT_BLOB], release: '0.10' },
  { file: 'libvirglrenderer.so.1.8.0', has: [IMPORT_BLOB, LOG_CALLBACK], release: '1.0' },
  { file: 'libvirglrenderer.so.1.99.0', has: [IMPORT_BLOB, LOG_CALLBACK, DEV_FD], release: '1.2' },
  { file: 'mine.so', has: [IMPORT_BLOB, LOG_CALLBACK, DEV_FD, MAP_FIXED], release: '1.3' },
  { file: 'mine-1.7.7', has: [], release: '0.9' },
])('$file with $has.length marker symbols is at least $release', ({ file, has, release }) => {
  const functions = Object.fromEntries(
    [IMPORT_BLOB, LOG_CALLBACK, DEV_FD, MAP_FIXED].map((name) => [name, has.includes(name)]),
  );
  expect(libraryRelease({ path: `/opt/lib/${file}`, functions })).toEqual({ release, exact: false });
});
