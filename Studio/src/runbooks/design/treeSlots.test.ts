import { expect, it } from 'vitest';
import { Draft } from '../model/draft';
import { perform, positions } from '../model/model.fixtures';
import type { Outline } from '../model/outline';
import { rowsOf } from './StepTree';
import { mayMove, slotAt, slotsOf } from './treeSlots';

const text = `steps:
  - id: a
    run: x
  - id: l
    forEach: \${ inputs.all }
    steps:
      - id: b
        run: x
  - id: p
    parallel:
      - id: left
        steps:
          - id: c
            run: x
      - id: right
        steps: []
`;
const outline = new Draft(text).outline as Outline;
const rows = rowsOf(outline.steps, new Set()).map(({ item }) => item.path);

/** What becomes of the steps when one is dragged by the mouse to a place of the list. */
function dragged(path: string, at: number, level: number): string[] | null {
  const slot = slotAt(
    slotsOf(outline, new Set()).filter((one) => mayMove(outline, path, one)),
    at,
    level,
  );
  if (slot == null) return null;
  const moved = perform(new Draft(text), { do: 'move', path, into: slot.into, index: slot.index });
  return positions(new Draft(moved)).map(({ item }) => item.path);
}

it('has the rows that the list has', () => {
  expect(rows).toEqual(['a', 'l', 'l/*/b', 'p', 'p/left', 'p/left/c', 'p/right']);
});

it('reorders, nests, and takes out, as deep as the pointer is', () => {
  expect(dragged('p', 0, 1)).toEqual(['p', 'p/left', 'p/left/c', 'p/right', 'a', 'l', 'l/*/b']);
  expect(dragged('a', 3.1, 1)).toEqual(['l', 'l/*/b', 'a', 'p', 'p/left', 'p/left/c', 'p/right']);
  expect(dragged('a', 3.1, 2)).toEqual(['l', 'l/*/b', 'l/*/a', 'p', 'p/left', 'p/left/c', 'p/right']);
  expect(dragged('a', 1.9, 2)).toEqual(['l', 'l/*/a', 'l/*/b', 'p', 'p/left', 'p/left/c', 'p/right']);
  expect(dragged('l/*/b', 7, 1)).toEqual(['a', 'l', 'p', 'p/left', 'p/left/c', 'p/right', 'b']);
  expect(dragged('a', 7, 3)).toEqual(['l', 'l/*/b', 'p', 'p/left', 'p/left/c', 'p/right', 'p/right/a']);
  expect(dragged('a', 6.1, 3)).toEqual(['l', 'l/*/b', 'p', 'p/left', 'p/left/c', 'p/left/a', 'p/right']);
});

it('puts a branch among branches only, a step never into itself nor where it is', () => {
  const may = (path: string) => slotsOf(outline, new Set()).filter((slot) => mayMove(outline, path, slot));

  expect(new Set(may('p/left').map(({ into }) => into.key))).toEqual(new Set(['parallel']));
  expect(may('a').some(({ into }) => into.key === 'parallel')).toBe(false);
  expect(may('p').some(({ into }) => into.owner.startsWith('p'))).toBe(false);
  expect(may('a').some(({ into, index }) => into.owner === '' && index < 2)).toBe(false);
});

it('has no places within what is folded', () => {
  expect(slotsOf(outline, new Set(['l', 'p'])).map(({ gap, level }) => [gap, level])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
});
