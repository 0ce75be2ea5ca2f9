// @vitest-environment jsdom
import { expect, it } from 'vitest';
import type { RunEvent } from '../live/connection';
import { type PlannedNode, plannedOf, remainingOf } from './remaining';
import { RunStore } from './RunStore';

const node = (path: string, kind: string, part?: string): PlannedNode => ({
  path,
  parent: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null,
  kind,
  part: part ?? null,
});

const planned = plannedOf([
  node('first', 'run'),
  node('lend', 'forEach'),
  node('lend/*', 'iteration'),
  node('lend/*/shift', 'run'),
  node('lend/*/check', 'run'),
  node('choose', 'if'),
  node('choose/yes', 'run', 'then'),
  node('choose/no', 'wait', 'else'),
  node('choose/never', 'wait', 'else'),
  node('careful', 'try'),
  node('careful/work', 'run'),
  node('careful/fix', 'run', 'catch'),
  node('careful/clean', 'run', 'finally'),
  node('again', 'repeat'),
  node('again/*', 'round'),
  node('again/*/probe', 'run'),
  node('go', 'approval'),
]);

/** A run in which that has happened. */
function after(...events: RunEvent[]): RunStore {
  const store = new RunStore('r');
  (store as unknown as { waiting: null }).waiting = null;
  store.take({ entries: [{ position: 1, run: 'r', version: 1, at: 't', events }], progress: [] });
  return store;
}
const left = (...events: RunEvent[]) => remainingOf(planned, after(...events));
const items = (...keys: string[]) => keys.map((key) => ({ key, value: key }));

it('counts all that has not begun, and says that a loop may hold more', () => {
  // first; the loop and two of one iteration; the choice and yes; the try, work and clean; the repeat and one probe; go
  expect(left()).toEqual({ steps: 12, more: true });
});

it('counts a loop by its items once they are known', () => {
  expect(left({ event: 'loop-started', path: 'lend', items: items('a', 'b', 'c') })).toEqual({
    steps: 15,
    more: false,
  });
  expect(
    left(
      { event: 'loop-started', path: 'lend', items: items('a', 'b', 'c') },
      { event: 'block-started', path: 'lend/a' },
      { event: 'task-scheduled', path: 'lend/a/shift', activity: 'x', attempt: 1 },
    ).steps,
  ).toBe(14);
  expect(left({ event: 'loop-started', path: 'lend', items: [] }).steps).toBe(9);
});

it('counts the branch that was chosen, a catch when it is needed, and nothing of what ended well', () => {
  expect(
    left({ event: 'branch-chosen', path: 'choose', then: false }, { event: 'wait-started', path: 'choose/no' }).steps,
  ).toBe(11);
  expect(left({ event: 'step-completed', path: 'choose' }).steps).toBe(10);
  expect(left({ event: 'step-started', path: 'careful' }, { event: 'step-started', path: 'careful/fix' }).steps).toBe(
    11,
  );
  expect(left({ event: 'step-skipped', path: 'careful' }).steps).toBe(9);
  expect(left({ event: 'step-completed', path: 'go' }).steps).toBe(11);
});

it('knows whether the run has ended, and that one that is taken back goes on', () => {
  const store = after({ event: 'run-ended', outcome: 'done' });
  expect(store.ended).toBe(true);

  store.take({
    entries: [
      { position: 2, run: 'r', version: 2, at: 't', events: [{ event: 'undo-started', path: '', reason: 'r' }] },
    ],
    progress: [],
  });

  expect(store.ended).toBe(false);
});
