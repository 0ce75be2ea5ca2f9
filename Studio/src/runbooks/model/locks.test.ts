import { expect, it } from 'vitest';
import { Draft } from './draft';
import { withLocks } from './locks';
import { perform } from './model.fixtures';
import type { Outline } from './outline';
import { newStep } from './source';

const shift = newStep('run', 'shift', { run: 'cluster.shift' });
const outlineOf = (text: string): Outline => new Draft(text).outline as Outline;
const top = { owner: '', key: 'steps' } as const;

it('brings the lock that a shift needs, where the keys of a step have their order', () => {
  const text = 'runbook: r\nsteps:\n  - id: a\n    run: notify\n';

  const source = withLocks(outlineOf(text), top, shift);

  expect(source).toBe('- id: shift\n  locks: [cluster/*]\n  run: cluster.shift\n  with: {}');
  expect(perform(new Draft(text), { do: 'insert', into: top, index: 1, source })).toContain('locks:');
});

it.each([
  'runbook: r\nlocks: ["cluster/*", traffic]\nsteps:\n  - id: l\n    steps: []\n',
  'runbook: r\nsteps:\n  - id: l\n    locks: ["cluster/${ inputs.cluster }"]\n    steps: []\n',
])('brings none where one is held already', (text) => {
  expect(withLocks(outlineOf(text), { owner: 'l', key: 'steps' }, shift)).toBe(shift);
});

it('brings one where only something else is held, and none for what needs none', () => {
  const text = 'runbook: r\nlocks: [traffic]\nsteps:\n  - id: l\n    locks: ["cluster/*"]\n    steps: []\n';
  const notify = newStep('run', 'notify', { run: 'notify' });

  expect(withLocks(outlineOf(text), top, shift)).toContain('locks:');
  expect(withLocks(outlineOf(text), top, notify)).toBe(notify);
});
