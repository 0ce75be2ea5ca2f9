import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hunks, merge } from './merge';

type Line = Parameters<typeof merge>[1][number];

const side = (text: string) => ({ number: 1, text, changed: [] });

/** The difference as the server sends it, of edits that each replace a stretch of the base. */
function differenceOf(base: string[], edits: { from: number; to: number; lines: string[] }[]): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at <= base.length; at++) {
    const edit = edits.find(({ from }) => from === at);
    if (edit != null) {
      const removed = base.slice(edit.from, edit.to);
      for (let index = 0; index < Math.max(removed.length, edit.lines.length); index++) {
        const [left, right] = [removed[index], edit.lines[index]];
        lines.push({
          kind: left == null ? 'added' : right == null ? 'removed' : 'changed',
          left: left == null ? null : side(left),
          right: right == null ? null : side(right),
        });
      }
      at = Math.max(at, edit.to);
    }
    const line = base[at];
    if (line != null) lines.push({ kind: 'same', left: side(line), right: side(line) });
  }
  return lines;
}

const base = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('two texts of one base', () => {
  it('become one when they changed different places', () => {
    const mine = differenceOf(base, [{ from: 1, to: 2, lines: ['B', 'B2'] }]);
    const theirs = differenceOf(base, [
      { from: 4, to: 5, lines: [] },
      { from: 6, to: 6, lines: ['g'] },
    ]);

    expect(merge(base, mine, theirs)).toEqual({ text: 'a\nB\nB2\nc\nd\nf\ng' });
    expect(merge(base, theirs, mine)).toEqual({ text: 'a\nB\nB2\nc\nd\nf\ng' });
  });

  it('do not when both changed a line, each otherwise; the line is named', () => {
    const mine = differenceOf(base, [{ from: 2, to: 3, lines: ['mine'] }]);
    const theirs = differenceOf(base, [{ from: 2, to: 3, lines: ['theirs'] }]);

    expect(merge(base, mine, theirs)).toEqual({ clashes: [3] });
  });

  it('do not when both put lines at one place, which have no order', () => {
    const mine = differenceOf(base, [{ from: 6, to: 6, lines: ['mine'] }]);
    const theirs = differenceOf(base, [{ from: 6, to: 6, lines: ['theirs'] }]);

    expect(merge(base, mine, theirs)).toEqual({ clashes: [7] });
  });

  it('take a change that both made once', () => {
    const both = differenceOf(base, [{ from: 2, to: 3, lines: ['C'] }]);

    expect(merge(base, both, both)).toEqual({ text: 'a\nb\nC\nd\ne\nf' });
  });

  it('never lose a line that either of them wrote', () => {
    const edit = fc
      .tuple(fc.nat(6), fc.nat(2), fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }))
      .map(([from, length, lines]) => ({ from, to: Math.min(6, from + length), lines }))
      .filter(({ from, to, lines }) => to > from || lines.length > 0);
    fc.assert(
      fc.property(edit, edit, (one, other) => {
        const [mine, theirs] = [differenceOf(base, [one]), differenceOf(base, [other])];
        const merged = merge(base, mine, theirs);
        if ('clashes' in merged) return merged.clashes.length > 0;
        const text = merged.text.split('\n');
        return [...hunks(mine), ...hunks(theirs)].every(({ lines }) => lines.every((line) => text.includes(line)));
      }),
    );
  });
});
