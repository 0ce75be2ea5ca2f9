import ELK from 'elkjs/lib/elk.bundled.js';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Schema } from '../../api/client';
import { flowOf, type FlowEdge, type FlowStep } from './flow';
import { elkOf, treeOf } from './layout';
import type { Point } from './rows';
import { node } from './testing';

type Answer = Schema<'GraphNodeResponse'>;

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Block {
  kind: string;
  steps: Block[];
}

const { night } = fc.letrec<{ night: Block[]; block: Block }>((tie) => ({
  night: fc.array(tie('block'), { minLength: 1, maxLength: 12 }),
  block: fc.record({
    kind: fc.constantFrom('run', 'run', 'run', 'steps', 'try', 'if', 'parallel'),
    steps: fc.oneof({ maxDepth: 2 }, fc.constant<Block[]>([]), tie('night')),
  }),
}));

const answersOf = (blocks: Block[], within = '', kind = 'steps'): Answer[] =>
  blocks.flatMap((block, index) => {
    const path = `${within}s${index}`;
    const half = index >= blocks.length / 2;
    const part =
      kind === 'try' && half
        ? index % 2 === 0
          ? 'catch'
          : 'finally'
        : kind === 'if'
          ? half
            ? 'else'
            : 'then'
          : undefined;
    const leaf = block.steps.length === 0;
    return [node(path, leaf ? 'run' : block.kind, part), ...answersOf(block.steps, `${path}/`, block.kind)];
  });

function boxesOf(nodes: FlowStep[]): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const { id, parentId, position, width = 0, height = 0 } of nodes) {
    const parent = boxes.get(parentId ?? '') ?? { left: 0, top: 0 };
    const [left, top] = [parent.left + position.x, parent.top + position.y];
    boxes.set(id, { left, top, right: left + width, bottom: top + height });
  }
  return boxes;
}

/** A point within the line lies within the box, or the line cuts it: lines are level or upright. */
const crosses = (from: Point, to: Point, box: Box): boolean =>
  Math.max(from.x, to.x) > box.left + 0.5 &&
  Math.min(from.x, to.x) < box.right - 0.5 &&
  Math.max(from.y, to.y) > box.top + 0.5 &&
  Math.min(from.y, to.y) < box.bottom - 0.5;

const holds = (outer: string, inner: string): boolean => inner === outer || inner.startsWith(`${outer}/`);

function crossings(nodes: FlowStep[], edges: FlowEdge[]): string[] {
  const boxes = boxesOf(nodes);
  return edges.flatMap(({ source, target, data }) =>
    (data?.way ?? []).slice(1).flatMap((to, index) => {
      const from = data?.way?.[index] as Point;
      return [...boxes]
        .filter(([path, box]) => !(holds(path, source) && holds(path, target)) && crosses(from, to, box))
        .map(([path]) => `${source} > ${target} crosses ${path}`);
    }),
  );
}

it('brings a long night into rows, and no edge crosses a box', async () => {
  const elk = new ELK();
  await fc.assert(
    fc.asyncProperty(night, async (blocks) => {
      const roots = treeOf(answersOf(blocks));
      const { nodes, edges } = flowOf(await elk.layout(elkOf(roots)), roots);

      expect(crossings(nodes, edges)).toEqual([]);
      for (const { way } of edges.map(({ data }) => data ?? { way: null }))
        way?.slice(1).forEach((to, index) => expect(to.x === way[index]?.x || to.y === way[index]?.y).toBe(true));
      const boxes = boxesOf(nodes);
      for (const one of nodes) {
        const [own, parent] = [boxes.get(one.id) as Box, boxes.get(one.parentId ?? '')];
        if (parent == null) continue;
        expect([
          own.left > parent.left,
          own.top > parent.top,
          own.right < parent.right,
          own.bottom < parent.bottom,
        ]).toEqual([true, true, true, true]);
        for (const other of nodes) {
          const beside = boxes.get(other.id) as Box;
          if (other.id !== one.id && other.parentId === one.parentId)
            expect(
              own.right <= beside.left ||
                beside.right <= own.left ||
                own.bottom <= beside.top ||
                beside.bottom <= own.top,
            ).toBe(true);
        }
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

it('fills a page with twenty steps in a line', async () => {
  const roots = treeOf(Array.from({ length: 20 }, (_, index) => node(`s${index}`, 'run')));

  const { nodes } = flowOf(await new ELK().layout(elkOf(roots)), roots);

  const rows = new Set(nodes.map(({ position }) => position.y)).size;
  const wide = Math.max(...nodes.map(({ position, width = 0 }) => position.x + width));
  expect(rows).toBeGreaterThan(2);
  expect(wide).toBeLessThan(1_600);
});
