import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { expect, it } from 'vitest';
import { depthAfter, foldBelow, yaml } from './yaml';

const text = `runbook: r # a comment
steps:
- id: a

  run: x
  with:
    message: "\${ inputs.a }"
- id: b
  note: |
    many
    lines
after: true`;

const state = EditorState.create({ doc: text, extensions: [yaml] });
const folded = (line: number): string | null => {
  const range = foldBelow(state, state.doc.line(line).from);
  return range == null ? null : `${state.doc.lineAt(range.from).number}-${state.doc.lineAt(range.to).number}`;
};

it('folds a step with its lines, and a key with the list in its own column', () => {
  expect([1, 2, 3, 4, 5, 6, 8, 9, 12].map(folded)).toEqual([
    null,
    '2-11',
    '3-7',
    null,
    null,
    '6-7',
    '8-11',
    '9-11',
    null,
  ]);
});

it('begins a line under the first key of an item, and deeper after a key that has no value yet', () => {
  expect(
    ['steps:', '  - id: a', '    with:', '  - - a', '    note: |', '  note: >-', 'a: b', '  x: # why'].map(depthAfter),
  ).toEqual([2, 4, 6, 6, 6, 4, 0, 4]);
});

it('reads on no further than needed when something is typed at the top of a long text', () => {
  const long = EditorState.create({ doc: 'a: b\n'.repeat(20_000), extensions: [yaml] });
  const whole = ensureSyntaxTree(long, 10_000, 60_000);

  const after = long.update({ changes: { from: 2, insert: 'x' } }).state;

  expect(whole?.length).toBeLessThan(60_000);
  expect(ensureSyntaxTree(after, 100, 60_000)?.length).toBeLessThan(60_000);
});
