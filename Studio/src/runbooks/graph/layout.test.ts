import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Draft } from '../model/draft';
import { runbookText, shipped } from '../model/model.fixtures';
import type { Outline } from '../model/outline';
import { type Box, layOut, nearestSlot } from './layout';

const outlineOf = (text: string): Outline => new Draft(text).outline as Outline;

function absolute(
  boxes: Box[],
): Map<string, { x: number; y: number; right: number; bottom: number; parent: string | null }> {
  const places = new Map<string, { x: number; y: number; right: number; bottom: number; parent: string | null }>();
  for (const { id, parent, x, y, width, height } of boxes) {
    const from = parent == null ? { x: 0, y: 0 } : places.get(parent);
    if (from == null) throw new Error(`${id} comes before its parent`);
    places.set(id, { x: from.x + x, y: from.y + y, right: from.x + x + width, bottom: from.y + y + height, parent });
  }
  return places;
}

it('shows every step once, within its parent, and none over another', () => {
  fc.assert(
    fc.property(fc.oneof(runbookText, fc.constantFrom(...shipped.map(([, text]) => text))), (text) => {
      const { boxes } = layOut(outlineOf(text));
      const places = [...absolute(boxes).values()];
      expect(new Set(boxes.map(({ id }) => id)).size).toBe(boxes.length);
      const byId = absolute(boxes);
      for (const one of places) {
        const around = one.parent == null ? undefined : byId.get(one.parent);
        if (around != null)
          expect(
            one.x >= around.x && one.y >= around.y && one.right <= around.right && one.bottom <= around.bottom,
          ).toBe(true);
        for (const other of places) {
          if (other === one || other.parent !== one.parent) continue;
          expect(one.right <= other.x || other.right <= one.x || one.bottom <= other.y || other.bottom <= one.y).toBe(
            true,
          );
        }
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

it('moves nothing that stands above a change', () => {
  const before = layOut(outlineOf('steps:\n  - id: a\n    run: x\n  - id: b\n    run: x\n'));
  const after = layOut(
    outlineOf(
      'steps:\n  - id: a\n    run: x\n  - id: b\n    run: x\n  - id: c\n    steps:\n      - id: d\n        run: x\n',
    ),
  );

  expect(after.boxes.find(({ id }) => id === 'a')?.y).toBe(before.boxes.find(({ id }) => id === 'a')?.y);
});

it('offers a place before, between and after the steps of a block, and in an empty one', () => {
  const { slots } = layOut(outlineOf('steps:\n  - id: a\n    run: x\n  - id: b\n    steps: []\n'));

  expect(slots.map(({ into, index }) => `${into.owner}/${index}`)).toEqual(['/0', '/1', 'b/0', '/2']);
  expect(nearestSlot(slots, slots[1]?.x ?? 0, (slots[1]?.y ?? 0) + 5, () => false)?.index).toBe(1);
  expect(nearestSlot(slots, 9_000, 0, () => false)).toBeNull();
});

it('places 500 steps of one block with an arrow between any two that follow each other', () => {
  const text = `steps:\n${Array.from({ length: 500 }, (_, n) => `  - id: s${n}\n    run: x\n`).join('')}`;

  const { boxes, arrows } = layOut(outlineOf(text));

  expect(boxes).toHaveLength(500);
  expect(arrows).toHaveLength(499);
});
