// Which fences are waited for, in which order they retire, and what their contexts' ends mean for them.

import { LEGACY_TIMELINE, PendingFences } from '../../lib/host/pending-fences';
import { VirglError } from '../../lib/protocol/error';

const ENDED = new VirglError('ERR_VIRGL_CLOSED', 'ended');

let busy: boolean[];
let log: string[];
let fences: PendingFences;

beforeEach(() => {
  busy = [];
  log = [];
  fences = new PendingFences((now) => busy.push(now));
});

/** Waits for a fence; what becomes of it goes to `log`. */
const add = (contextId: number, ringIndex: number, id: bigint, name = `${contextId}/${ringIndex}/${id}`) =>
  fences.add(contextId, ringIndex, {
    id,
    resolve: () => log.push(name),
    reject: (error) => log.push(`${name} ${error.code}`),
  });

describe('ids', () => {
  test('begin at 1 and follow the last one of their timeline', () => {
    expect(fences.nextId('createFence', 1, 0, undefined)).toBe(1n);
    add(1, 0, 1n);
    add(1, 0, 40n);
    expect(fences.nextId('createFence', 1, 0, undefined)).toBe(41n);
    expect(fences.nextId('createFence', 1, 1, undefined)).toBe(1n);
    expect(fences.nextId('createFence', 2, 0, undefined)).toBe(1n);
  });

  test.each([0n, 1n, 40n])('must grow: %d after 40 is refused', (wanted) => {
    add(1, 0, 40n);
    fences.retire(1, 0, 40n);
    expect(() => fences.nextId('contextCreateFence', 1, 0, wanted)).toThrow(
      `contextCreateFence: expected an integer greater than 40, the last fence of this timeline, for fenceId but received ${wanted}`,
    );
    expect(fences.nextId('contextCreateFence', 1, 0, 41n)).toBe(41n);
  });

  test('asking for one does not use it up', () => {
    expect(fences.nextId('createFence', 1, 0, 9n)).toBe(9n);
    expect(fences.nextId('createFence', 1, 0, undefined)).toBe(1n);
  });
});

describe('retirement', () => {
  test('resolves older ones of the timeline first, and no others', () => {
    add(1, 0, 1n);
    add(1, 0, 2n);
    add(1, 0, 3n);
    add(1, 1, 1n);
    add(2, 0, 1n);
    fences.retire(1, 0, 2n);
    expect(log).toEqual(['1/0/1', '1/0/2']);
    expect(fences.count).toBe(3);
  });

  test.each([
    { what: 'of an unknown timeline', contextId: 5, ringIndex: 0, id: 1n },
    { what: 'of an unknown ring', contextId: 1, ringIndex: 3, id: 1n },
    { what: 'of an unknown id', contextId: 1, ringIndex: 0, id: 2n },
  ])('$what changes nothing', ({ contextId, ringIndex, id }) => {
    add(1, 0, 1n);
    fences.retire(contextId, ringIndex, id);
    expect(log).toEqual([]);
    expect(fences.count).toBe(1);
  });

  test('happens once', () => {
    add(1, 0, 1n);
    fences.retire(1, 0, 1n);
    fences.retire(1, 0, 1n);
    expect(log).toEqual(['1/0/1']);
    expect(fences.count).toBe(0);
  });
});

describe('forgetting a fence', () => {
  test('leaves the others', () => {
    add(1, 0, 1n);
    const forget = add(1, 0, 2n);
    add(1, 0, 3n);
    forget();
    forget();
    expect(fences.count).toBe(2);
    fences.retire(1, 0, 3n);
    expect(log).toEqual(['1/0/1', '1/0/3']);
  });

  test('that has retired changes nothing', () => {
    const forget = add(1, 0, 1n);
    fences.retire(1, 0, 1n);
    forget();
    expect(fences.count).toBe(0);
    expect(busy).toEqual([true, false]);
  });
});

test('busy is told with the first fence and with the last one', () => {
  add(1, 0, 1n);
  add(2, 0, 1n);
  expect(busy).toEqual([true]);
  fences.retire(1, 0, 1n);
  expect(busy).toEqual([true]);
  fences.retire(2, 0, 1n);
  expect(busy).toEqual([true, false]);
  add(1, 0, 2n)();
  expect(busy).toEqual([true, false, true, false]);
});

describe('the end of a context', () => {
  const both = LEGACY_TIMELINE;

  test('rejects what is still owed, in every ring of it and nowhere else', () => {
    add(1, 0, 1n);
    add(1, 5, 1n);
    add(11, 0, 1n);
    add(both.contextId, both.ringIndex, 1n);
    const ended = fences.end(1);
    expect(log).toEqual([]);
    ended(ENDED);
    expect(log).toEqual(['1/0/1 ERR_VIRGL_CLOSED', '1/5/1 ERR_VIRGL_CLOSED']);
    expect(fences.count).toBe(2);
  });

  test('still resolves what retires before it has ended', () => {
    add(1, 0, 1n);
    add(1, 0, 2n);
    const ended = fences.end(1);
    fences.retire(1, 0, 1n);
    ended(ENDED);
    expect(log).toEqual(['1/0/1', '1/0/2 ERR_VIRGL_CLOSED']);
    expect(busy).toEqual([true, false]);
  });

  test('begins a new life: ids start again, and only its own fences retire after the end', () => {
    add(1, 0, 1n, 'old');
    const ended = fences.end(1);
    expect(fences.nextId('contextCreateFence', 1, 0, undefined)).toBe(1n);
    add(1, 0, 1n, 'new');
    ended(ENDED);
    expect(log).toEqual(['old ERR_VIRGL_CLOSED']);
    fences.retire(1, 0, 1n);
    expect(log).toEqual(['old ERR_VIRGL_CLOSED', 'new']);
  });

  test('what retires before it belongs to the old life', () => {
    add(1, 0, 1n, 'old');
    const ended = fences.end(1);
    add(1, 0, 1n, 'new');
    fences.retire(1, 0, 1n);
    expect(log).toEqual(['old']);
    ended(ENDED);
    expect(fences.count).toBe(1);
  });

  test('of two lives in a row', () => {
    add(1, 0, 1n, 'first');
    const firstEnded = fences.end(1);
    add(1, 0, 1n, 'second');
    const secondEnded = fences.end(1);
    add(1, 0, 1n, 'third');
    firstEnded(ENDED);
    secondEnded(ENDED);
    expect(log).toEqual(['first ERR_VIRGL_CLOSED', 'second ERR_VIRGL_CLOSED']);
    fences.retire(1, 0, 1n);
    expect(log.at(-1)).toBe('third');
  });

  test('0 does not end the legacy timeline', () => {
    add(both.contextId, both.ringIndex, 1n);
    fences.end(both.contextId)(ENDED);
    expect(log).toEqual([]);
  });
});

test('the end of everything includes the legacy timeline', () => {
  add(LEGACY_TIMELINE.contextId, LEGACY_TIMELINE.ringIndex, 1n);
  add(1, 0, 1n);
  const ended = fences.end('all');
  expect(fences.nextId('createFence', 0, 0, undefined)).toBe(1n);
  ended(ENDED);
  expect(log).toEqual(['0/0/1 ERR_VIRGL_CLOSED', '1/0/1 ERR_VIRGL_CLOSED']);
  expect(busy).toEqual([true, false]);
});

test('clear rejects everything at once, also what is ending', () => {
  add(1, 0, 1n, 'old');
  const ended = fences.end(1);
  add(1, 0, 1n, 'new');
  fences.clear(ENDED);
  ended(ENDED);
  expect(log).toEqual(['old ERR_VIRGL_CLOSED', 'new ERR_VIRGL_CLOSED']);
  expect(fences.count).toBe(0);
});
