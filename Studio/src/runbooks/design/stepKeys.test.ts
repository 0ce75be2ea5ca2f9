import { expect, it } from 'vitest';
import { Draft } from '../model/draft';
import { perform, positions } from '../model/model.fixtures';
import type { Outline } from '../model/outline';
import { moveFor, placeAfter } from './stepKeys';

const text = `steps:
  - id: a
    steps:
      - id: b
        run: x
  - id: c
    parallel:
      - id: l
        steps:
          - id: d
            run: x
      - id: r
        steps: []
  - id: e
    run: x
`;
const outline = new Draft(text).outline as Outline;
const moved = (path: string, key: string): string[] | null => {
  const draft = new Draft(text);
  const move = moveFor(outline, path, key);
  return move == null ? null : positions(new Draft(perform(draft, move))).map(({ item }) => item.path);
};

it('moves a step up and down, out of its block at either end, and into the block before', () => {
  expect(moved('e', 'ArrowUp')).toEqual(['a', 'a/b', 'e', 'c', 'c/l', 'c/l/d', 'c/r']);
  expect(moved('b', 'ArrowUp')).toBeNull();
  expect(moved('a/b', 'ArrowUp')).toEqual(['b', 'a', 'c', 'c/l', 'c/l/d', 'c/r', 'e']);
  expect(moved('a/b', 'ArrowDown')).toEqual(['a', 'b', 'c', 'c/l', 'c/l/d', 'c/r', 'e']);
  expect(moved('c/l/d', 'ArrowLeft')).toEqual(['a', 'a/b', 'c', 'c/l', 'c/r', 'd', 'e']);
  expect(moved('e', 'ArrowRight')).toEqual(['a', 'a/b', 'c', 'c/l', 'c/l/d', 'c/r', 'c/r/e']);
  expect(moved('c/l', 'ArrowDown')).toEqual(['a', 'a/b', 'c', 'c/r', 'c/l', 'c/l/d', 'e']);
  expect(moved('a', 'ArrowUp')).toBeNull();
});

it('puts a new step after the one that is looked at, and into a block that has none', () => {
  expect(placeAfter(outline, 'a/b')).toEqual({ into: { owner: 'a', key: 'steps' }, index: 1 });
  expect(placeAfter(outline, 'c/r')).toEqual({ into: { owner: 'c/r', key: 'steps' }, index: 0 });
  expect(placeAfter(outline, null)).toEqual({ into: { owner: '', key: 'steps' }, index: 3 });
});
