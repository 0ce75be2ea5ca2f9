import { expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { barOf, rangeOf, ticksOf } from './timelineModel';

const node = (change: Partial<Schema<'GraphNodeResponse'>>): Schema<'GraphNodeResponse'> => ({
  path: 'a',
  id: 'a',
  kind: 'run',
  status: 'done',
  instances: 1,
  counts: {},
  attempts: 1,
  ...change,
});
const ms = Date.parse;

it('compares what is with what earlier runs took', () => {
  const bar = barOf(
    node({
      startedAt: '2026-11-10T12:00:00Z',
      endedAt: '2026-11-10T12:03:00Z',
      estimate: { startsAt: '2026-11-10T12:00:00Z', seconds: 120, from: 'earlier-runs' },
    }),
    null,
  );

  expect(bar?.lateBy).toBe(60_000);
  expect(bar?.planned).toEqual({ from: ms('2026-11-10T12:00:00Z'), to: ms('2026-11-10T12:02:00Z') });
});

it('lets an open step reach to now', () => {
  const now = ms('2026-11-10T12:10:00Z');

  expect(barOf(node({ startedAt: '2026-11-10T12:00:00Z', status: 'running' }), now)).toMatchObject({
    open: true,
    actual: { to: now },
  });
});

it('leaves out what has neither begun nor is expected, and iterations', () => {
  expect(barOf(node({}), null)).toBeNull();
  expect(barOf(node({ kind: 'iteration', startedAt: '2026-11-10T12:00:00Z' }), null)).toBeNull();
});

it('has five to ten round times on any axis', () => {
  for (const hours of [0.01, 0.2, 1, 7, 30]) {
    const range = rangeOf([], 0, hours * 3_600_000, null);
    expect(ticksOf(range).length).toBeGreaterThan(2);
    expect(ticksOf(range).length).toBeLessThanOrEqual(10);
  }
});
