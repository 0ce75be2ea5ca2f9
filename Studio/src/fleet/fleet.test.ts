import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { stack } from './holdings';
import { byZone, nodeAt, tally } from './nodeMap';
import { readFleet } from './search';

const map = {
  cluster: 'c',
  at: '2026-11-10T18:00:00+08:00',
  simulated: true,
  zones: ['h', 'i'],
  pools: ['compute'],
  states: ['offline-only', 'transitional', 'stress-test'],
  names: ['a', 'b', 'c', 'd', 'e'],
  zone: [0, 1, 0, -1, 0],
  pool: [0, 0, 0, -1, 0],
  state: [2, 0, 0, -1, 0],
  flags: [3, 2, 3, 1, 3],
} as Schema<'NodeMapResponse'>;

describe('the map of nodes', () => {
  it('puts nodes into their zones, one state together, and the unplaced last', () => {
    expect(byZone(map, {})).toEqual([
      { name: 'h', nodes: [2, 4, 0] },
      { name: 'i', nodes: [1] },
      { name: null, nodes: [3] },
    ]);
  });

  it('filters by state, zone and readiness', () => {
    expect(byZone(map, { state: 'stress-test' })).toEqual([{ name: 'h', nodes: [0] }]);
    expect(byZone(map, { zone: 'i' })).toEqual([{ name: 'i', nodes: [1] }]);
    expect(byZone(map, { down: true })).toEqual([{ name: 'i', nodes: [1] }]);
    expect(byZone(map, { state: 'transitional' })).toEqual([]);
  });

  it('says the same in figures', () => {
    expect(tally(map, byZone(map, {}))).toEqual({
      states: ['offline-only', 'stress-test', null],
      rows: [
        { zone: 'h', all: 3, counts: [2, 1, 0], down: 0 },
        { zone: 'i', all: 1, counts: [1, 0, 0], down: 1 },
        { zone: null, all: 1, counts: [0, 0, 1], down: 0 },
      ],
    });
  });

  it('reads a node out of the arrays', () => {
    expect(nodeAt(map, 1)).toEqual({
      name: 'b',
      state: 'offline-only',
      pool: 'compute',
      ready: false,
      schedulable: true,
    });
    expect(nodeAt(map, 3)).toEqual({ name: 'd', state: null, pool: null, ready: true, schedulable: false });
  });
});

const held = (state: string, nodes: number, from: number, to: number) =>
  ({
    state,
    nodes,
    from: new Date(from * 1_000).toISOString(),
    to: new Date(to * 1_000).toISOString(),
  }) as Schema<'HoldingSpan'>;

describe('the lanes of the ledger', () => {
  it('stacks what is held at one time, in the order of the states', () => {
    const blocks = stack([held('b', 6, 0, 10), held('a', 4, 5, 10), held('a', 10, 10, 20)], ['a', 'b']);
    expect(blocks.map(({ span, from, to, bottom, height }) => [span.state, from, to, bottom, height])).toEqual([
      ['b', 0, 5_000, 0, 0.6],
      ['a', 5_000, 10_000, 0, 0.4],
      ['b', 5_000, 10_000, 0.4, 0.6],
      ['a', 10_000, 20_000, 0, 1],
    ]);
  });

  it('draws nothing of what lasted no time', () => {
    expect(stack([held('a', 4, 5, 5)], ['a'])).toEqual([]);
  });

  it('never draws above the lane, and keeps every node-second', () => {
    const spans = fc.array(
      fc
        .tuple(
          fc.constantFrom('a', 'b', 'c', 'new'),
          fc.integer({ min: 1, max: 50 }),
          fc.nat(50),
          fc.integer({ min: 1, max: 50 }),
        )
        .map(([state, nodes, from, length]) => held(state, nodes, from, from + length)),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(spans, (given) => {
        const blocks = stack(given, ['a', 'b', 'c']);
        const perNode = (blocks[0] as (typeof blocks)[0]).height / (blocks[0] as (typeof blocks)[0]).span.nodes;
        const drawn = blocks.reduce((sum, block) => sum + (block.height * (block.to - block.from)) / perNode, 0);
        const meant = given.reduce((sum, one) => sum + one.nodes * (Date.parse(one.to) - Date.parse(one.from)), 0);
        expect(drawn / meant).toBeCloseTo(1, 6);
        for (const block of blocks) expect(block.bottom + block.height).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });
});

it('reads of an address what it knows, and leaves out the rest', () => {
  expect(readFleet({ view: 'nodes', cluster: 'hz', down: 'true', state: 7, other: 1 })).toEqual({
    view: 'nodes',
    cluster: 'hz',
    state: undefined,
    zone: undefined,
    down: true,
    unit: undefined,
    run: undefined,
  });
  expect(readFleet({ view: 'nonsense' }).view).toBeUndefined();
});
