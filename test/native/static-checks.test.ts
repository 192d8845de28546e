// The static checks against the real library: streams with one fault each, of which both must think the same.
// What they don't agree on is listed here, with the reason. `npx tsx scripts/check-against-host.ts` tries many more.

import { Agreement, type Comparison, type Verdict, VERDICTS } from '../support/agreement';
import { describeNative, isSanitized } from '../support/native-library';

const STREAMS = isSanitized ? 200 : 2000;
const SEED = 20;
const LIMIT_MS = 120_000;
const SLOWEST_CHECK_MS = 2000;

/** Kinds of streams that 0.10.4 answers otherwise than the checks; `about` as {@link Comparison} has it. */
const KNOWN: Readonly<Partial<Record<Verdict, readonly { about: RegExp; why: string }[]>>> = {
  missed: [
    {
      about: /^\?: .*; shader\//,
      why: 'the shader is taken, but its GLSL does not compile, which shows in the draw: checkTgsi only warns of that',
    },
    {
      about: /^TRANSFER#D: context # failed to dispatch/,
      why: 'a negative number of layers, which is looked at by the driver; the checks warn of it (box-unchecked)',
    },
    {
      about: /^\?: vrend_set_single_image_view/,
      why: 'lists of items whose length was changed are told by length-odd, but not decoded',
    },
  ],
  'too strict': [
    {
      about: /^(backing|data-length): /,
      why: 'sizes from 4 GiB wrap around in the host, which then reads or writes outside of the memory',
    },
  ],
  'host crashed': [
    { about: /; (?!nothing found)/, why: 'the checks found something: see the rules that say so' },
  ],
};

describeNative('static checks and the host', () => {
  let agreement: Agreement;
  beforeAll(async () => {
    agreement = await Agreement.open();
  });
  afterAll(() => agreement.close());

  test('neither has anything against the streams that are mutated', async () => {
    for (const session of agreement.sessions) {
      const { verdict, errors, warnings } = await agreement.submitUnchanged(session);
      expect({ name: session.name, verdict, errors, warnings }).toEqual({
        name: session.name,
        verdict: 'both accept',
        errors: [],
        warnings: [],
      });
    }
  });

  test(
    `they agree on ${STREAMS} streams with faults, but for what is known`,
    async () => {
      const all: Comparison[] = [];
      for await (const comparison of agreement.compare(STREAMS, SEED)) all.push(comparison);
      expect(all).toHaveLength(STREAMS);
      expect(Math.max(...all.map(({ checkMs }) => checkMs))).toBeLessThan(SLOWEST_CHECK_MS);

      const count = (verdict: Verdict): number => all.filter((one) => one.verdict === verdict).length;
      const counts = Object.keys(VERDICTS).map((name) => `${name} ${count(name as Verdict)}`);
      const unknown = all
        .filter(({ verdict, about }) => {
          const isDifference = verdict === 'missed' || verdict === 'too strict' || verdict === 'host crashed';
          return isDifference && !KNOWN[verdict]?.some((known) => known.about.test(about));
        })
        .map(
          ({ verdict, session, about, mutation: { kind, dword } }) =>
            `${verdict}: ${session}, ${kind} at ${dword}: ${about}`,
        );
      if (agreement.release === '0.10') expect(unknown).toEqual([]);
      else console.log(`virglrenderer ${agreement.release}: ${counts.join(', ')}`, unknown);

      // What only GL has something against, which few builds take for a reason to refuse: the checks warn of nearly all.
      // Not of draws that don't match the captured primitives, nor of limits that differ from GL to GL.
      const glErrors = all.filter(({ verdict }) => verdict === 'GL error');
      expect(glErrors.length).toBeLessThan(STREAMS / 20);
      expect(glErrors.filter(({ about }) => about.endsWith('no warning')).length).toBeLessThan(
        Math.max(3, STREAMS / 200),
      );

      // Most of them say something, and both ways.
      expect(count('both accept')).toBeGreaterThan(STREAMS / 4);
      expect(count('both refuse')).toBeGreaterThan(STREAMS / 4);
      expect(count('said to crash') + count('too much work') + count('host hung')).toBeLessThan(STREAMS / 20);
    },
    LIMIT_MS,
  );
});
