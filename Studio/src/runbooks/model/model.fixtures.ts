import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import type { Draft } from './draft';
import { edit, type Edit, type Operation } from './operations';
import { positionsOf, type Position } from './outline';
import { applied } from './source';

const shelf = new URL('../../../../Runbooks/', import.meta.url);

/** The runbooks that ship, by file name. */
export const shipped: [name: string, text: string][] = readdirSync(shelf)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => [name, readFileSync(new URL(name, shelf), 'utf8')]);

export function positions(draft: Draft): Position[] {
  return draft.outline == null ? [] : [...positionsOf(draft.outline.steps)];
}

export function after(text: string, { changes }: Edit): string {
  return changes.reduce((left, set) => applied(left, set), text);
}

export function perform(draft: Draft, operation: Operation): string {
  return after(draft.text, edit(draft, operation));
}

/** Comment lines of a text, in no order. */
export const comments = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line) => /^\s*(#.*)$/.exec(line)?.[1] ?? [])
    .sort();

interface Sketch {
  id: string;
  title: string | null;
  lead: string | null;
  tail: string | null;
  gap: boolean;
  braces: boolean;
  kind: 'run' | 'wait' | 'steps' | 'forEach' | 'if' | 'try' | 'parallel';
  inner: Sketch[];
  other: Sketch[];
}

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'eps');
const title = fc.constantFrom(
  'Plain',
  'with: colon',
  "it's",
  '# no comment',
  '${ inputs.x }',
  '大促',
  '- dash',
  'yes',
  '10',
  '',
);
const comment = fc.option(fc.constantFrom('# one', '# two: x', '# - id: no'), { nil: null, freq: 3 });

const leaf = fc.constantFrom('run' as const, 'wait' as const);
const any = fc.oneof(
  leaf,
  fc.constantFrom('steps' as const, 'forEach' as const, 'if' as const, 'try' as const, 'parallel' as const),
);

const sketchAt = (depth: number): fc.Arbitrary<Sketch> =>
  fc.record({
    id: word,
    title: fc.option(title, { nil: null }),
    lead: comment,
    tail: comment,
    gap: fc.boolean(),
    braces: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    kind: depth === 0 ? leaf : any,
    inner: depth === 0 ? fc.constant([]) : fc.array(sketchAt(depth - 1), { minLength: 1, maxLength: 3 }),
    other: depth === 0 ? fc.constant([]) : fc.array(sketchAt(depth - 1), { minLength: 1, maxLength: 2 }),
  });

/** Texts of runbooks: nested, with comments, gaps and steps in braces. */
export const runbookText: fc.Arbitrary<string> = fc
  .record({
    steps: fc.array(sketchAt(2), { minLength: 1, maxLength: 4 }),
    indent: fc.constantFrom(0, 2),
    foot: fc.boolean(),
  })
  .map(({ steps, indent, foot }) => {
    const lines = write(steps, indent);
    return `# head\nrunbook: made\n\nlocks: ["a/*"] # why\nsteps:\n${lines.join('\n')}\n${foot ? '# foot\n' : ''}`;
  });

function write(sketches: Sketch[], column: number): string[] {
  const margin = ' '.repeat(column);
  const taken = new Map<string, number>();
  return sketches.flatMap((one, index) => {
    const count = (taken.get(one.id) ?? 0) + 1;
    taken.set(one.id, count);
    const id = count === 1 ? one.id : `${one.id}${count}`;
    const lead = [...(one.gap && index > 0 ? [''] : []), ...(one.lead == null ? [] : [margin + one.lead])];
    const leaf = one.inner.length === 0 || one.kind === 'run' || one.kind === 'wait';
    if (one.braces && leaf) return [...lead, `${margin}- { id: ${id}, run: notify, with: { url: "x, y" } }`];
    const own = [
      `${margin}- id: ${id}`,
      ...(one.title == null ? [] : [`${margin}  title: ${JSON.stringify(one.title)}`]),
    ];
    const tail = one.tail == null ? [] : [`${margin}  ${one.tail}`];
    if (leaf) return [...lead, ...own, ...leafLines(one, margin), ...tail];
    return [...lead, ...own, ...blockLines(one, column)];
  });
}

function leafLines(one: Sketch, margin: string): string[] {
  return one.kind === 'wait'
    ? [`${margin}  wait: { for: 10m } # short`]
    : [
        `${margin}  run: notify`,
        `${margin}  with:`,
        `${margin}    url: "http://x"`,
        `${margin}    message: |`,
        `${margin}      a`,
        '',
        `${margin}      b`,
      ];
}

function blockLines(one: Sketch, column: number): string[] {
  const margin = ' '.repeat(column + 2);
  const inner = write(one.inner, column + 4);
  // An id may not come twice over both blocks of an `if`.
  const other = write(
    one.other.map((sketch) => ({ ...sketch, id: `o-${sketch.id}` })),
    column + 4,
  );
  switch (one.kind) {
    case 'forEach':
      return [`${margin}forEach: [1, 2]`, `${margin}steps:`, ...inner];
    case 'if':
      return [`${margin}if: \${ true }`, `${margin}steps:`, ...inner, `${margin}else:`, ...other];
    case 'try':
      return [`${margin}try:`, ...inner, `${margin}finally:`, ...other];
    case 'parallel':
      return [
        `${margin}parallel:`,
        `${margin}  - id: left`,
        `${margin}    steps:`,
        ...write(one.inner, column + 8),
        `${margin}  - steps:`,
        ...write(one.other, column + 8),
      ];
    default:
      return [`${margin}steps:`, ...inner];
  }
}
