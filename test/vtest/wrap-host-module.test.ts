// The module that decorates the hosts of session processes is checked before anything is started.

import { checkServerOptions } from '../../lib/vtest/server/options';

test.each([
  [
    { mode: 'shared', wrapHostModule: { module: '/m.js' } },
    /nothing where mode is 'shared' for wrapHostModule/,
  ],
  [{ wrapHostModule: { module: 'm.js' } }, /an absolute path for wrapHostModule.module but received "m.js"/],
  [
    { wrapHostModule: { module: '/m.js', option: 1 } },
    /unknown option "wrapHostModule.option"; did you mean options/,
  ],
])('%p', (options, message) => {
  expect(() => checkServerOptions(options as never)).toThrow(message);
});

test('it is passed on as it is', () => {
  const wrapHostModule = { module: '/m.js', options: { file: 'x' } };
  expect(checkServerOptions({ wrapHostModule })).toMatchObject({ wrapHostModule });
});
