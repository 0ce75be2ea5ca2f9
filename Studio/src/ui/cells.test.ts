import { describe, expect, it } from 'vitest';
import { Cells } from './cells';

/** Three in a row of 10 px cells with gaps of 2 px: 0 1 2 / 3 4 5 / 6. */
const cells = new Cells(7, 10, 34);

describe('Cells', () => {
  it('puts as many in a row as there is room for', () => {
    expect([cells.columns, cells.height]).toEqual([3, 36]);
    expect(new Cells(7, 10, 33).columns).toBe(2);
    expect(new Cells(2, 10, 0)).toMatchObject({ columns: 1, height: 24 });
  });

  it('finds each cell again at each point in it', () => {
    for (let position = 0; position < cells.count; position++) {
      const { x, y } = cells.cornerOf(position);
      expect([cells.at(x, y), cells.at(x + 9, y + 9)]).toEqual([position, position]);
    }
  });

  it('finds none beside, below and behind the last', () => {
    expect([cells.at(-1, 0), cells.at(36, 0), cells.at(0, 36), cells.at(12, 24)]).toEqual([null, null, null, null]);
  });

  it.each([
    ['ArrowRight', 1, 2],
    ['ArrowLeft', 1, 0],
    ['ArrowDown', 1, 4],
    ['ArrowUp', 4, 1],
    ['ArrowUp', 1, 0],
    ['ArrowDown', 5, 6],
    ['ArrowRight', 6, 6],
    ['Home', 5, 0],
    ['End', 0, 6],
    ['Enter', 1, null],
  ])('%s leads from %i to %s', (key, from, to) => expect(cells.after(key, from)).toBe(to));
});
