// With the pump and without it: the same bytes, and the same end.

import path from 'node:path';
import { replay } from '../clients/support/replay';
import { readSession, SESSIONS } from '../clients/support/sessions';
import { startServer, STORIES, tell } from '../support/client-stories';
import { describeNative } from '../support/native-library';

const UNDECORATED = { module: path.join(__dirname, '..', 'support', 'undecorated.cjs') };

describeNative('with and without the pump', () => {
  test.each(Object.keys(STORIES))('%s', async (name) => {
    const story = STORIES[name];
    const pumped = await tell(story, {});
    expect(pumped).toEqual(await tell(story, { wrapHostModule: UNDECORATED }));
    expect(pumped.came[0]).not.toBe('');
  });

  test('recorded sessions', async () => {
    await using pumped = await startServer();
    await using plain = await startServer({ wrapHostModule: UNDECORATED });
    for (const name of SESSIONS) {
      const results = [];
      for (const { path: socketPath } of [pumped, plain])
        results.push({ name, ...(await replay(readSession(name), socketPath)) });
      expect(results[0]).toEqual(results[1]);
    }
  });
});
