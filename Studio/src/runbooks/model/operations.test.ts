import * as fc from 'fast-check';
import { parse as parseYaml, parseDocument } from 'yaml';
import { describe, expect, it } from 'vitest';
import { Draft } from './draft';
import { after, comments, perform, positions, runbookText, shipped } from './model.fixtures';
import { edit, type Operation } from './operations';
import type { Position } from './outline';
import { sourceOf } from './source';

const place = fc.double({ min: 0, max: 0.999, noNaN: true });
const of = <T>(list: readonly T[], at: number): T => list[Math.floor(at * list.length)] as T;
const into = ({ owner, block }: Position) => ({ owner: owner?.path ?? '', key: block.key });
const wholesome = (text: string): boolean => parseDocument(text).errors.length === 0;
const valueAt = (text: string): unknown => parseYaml(text) as unknown;
const clone = (value: unknown): unknown => structuredClone(value);

/** The list that a position's step stands in, in a text's value. */
function listOf(value: unknown, { block, owner }: Position, draft: Draft): unknown[] {
  if (owner == null) return (value as { steps: unknown[] }).steps;
  const parent = positions(draft).find(({ item }) => item === owner) as Position;
  const step = listOf(value, parent, draft)[parent.index] as Record<string, unknown[]>;
  return step[block.key] ?? [];
}

describe('from YAML to the graph and back', () => {
  it.each(shipped)('is the identity for %s: each step put back where it was taken from', (_, text) => {
    const draft = new Draft(text);
    for (const { item } of positions(draft)) {
      const source = sourceOf(text, item);
      const column = item.dash - (text.lastIndexOf('\n', item.dash) + 1);
      const back = source
        .split('\n')
        .map((line) => (line === '' ? '' : ' '.repeat(column) + line))
        .join('\n');
      expect(text.slice(0, item.from) + back + text.slice(item.to)).toBe(text);
    }
  });

  it.each(shipped)('changes nothing in %s when every value is set to what it is', (_, text) => {
    const draft = new Draft(text);
    for (const { item } of positions(draft)) {
      for (const [field, value] of Object.entries(item.fields))
        expect(edit(draft, { do: 'set', path: item.path, field: [field], value }).changes).toEqual([]);
    }
    for (const [field, value] of Object.entries(draft.outline?.header ?? {}))
      expect(edit(draft, { do: 'set', path: '', field: [field], value }).changes).toEqual([]);
  });

  it('is the identity for any runbook: a step moved away and back leaves the text as it was', () => {
    fc.assert(
      fc.property(runbookText, place, place, (text, from, to) => {
        const draft = new Draft(text);
        const start = of(positions(draft), from);
        const siblings = start.block.items.length;
        const index = Math.floor(to * (siblings + 1));
        const gone = edit(draft, { do: 'move', path: start.item.path, into: into(start), index });
        const moved = new Draft(after(text, gone));
        if (gone.changes.length === 0) return;
        // A branch without an id is named by its number, which the move has changed.
        const there = index > start.index ? index - 1 : index;
        const block = JSON.stringify(into(start));
        const item = positions(moved).find((one) => one.index === there && JSON.stringify(into(one)) === block)?.item;
        const back = perform(moved, {
          do: 'move',
          path: item?.path ?? start.item.path,
          into: into(start),
          index: start.index < index ? start.index : start.index + 1,
        });
        expect(squeezed(back)).toBe(squeezed(text));
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

const squeezed = (text: string): string => text.replace(/\n(\s*\n)+/g, '\n');

describe('every operation', () => {
  const operation = (draft: Draft, kind: number, a: number, b: number, c: number): Operation => {
    const all = positions(draft);
    const [one, other] = [of(all, a), of(all, b)];
    const { path } = one.item;
    return of<Operation>(
      [
        { do: 'move', path, into: into(other), index: Math.floor(c * (other.block.items.length + 1)) },
        {
          do: 'insert',
          into: into(one),
          index: Math.floor(c * (one.block.items.length + 1)),
          source:
            one.item.kind === 'branch'
              ? '- id: fresh\n  steps: []'
              : '# why\n- id: fresh\n  run: notify\n  with: { url: "a, b" }',
        },
        { do: 'remove', paths: [path] },
        { do: 'remove', paths: [path, other.item.path] },
        { do: 'duplicate', path },
        { do: 'wrap', path, kind: of(['steps', 'parallel', 'forEach', 'if', 'repeat', 'try'] as const, c) },
        { do: 'unwrap', path },
        {
          do: 'kind',
          path,
          kind: of(['run', 'approval', 'wait', 'steps', 'forEach', 'if', 'try', 'runbook'] as const, c),
        },
        { do: 'set', path, field: ['title'], value: of(['new', 'a: b', '${ inputs.y }', 'two\nlines\n', '', ' x'], c) },
        { do: 'set', path, field: ['with', 'url'], value: of(['new', ['a', 1], { k: { l: 'm' } }, true], c) },
        { do: 'unset', path, field: ['title'] },
      ],
      kind,
    );
  };

  it('leaves YAML, and loses no comment but those of what it takes away', () => {
    fc.assert(
      fc.property(
        runbookText,
        fc.array(fc.tuple(place, place, place, place), { minLength: 1, maxLength: 6 }),
        (text, script) => {
          const draft = new Draft(text);
          for (const [kind, a, b, c] of script) {
            if (positions(draft).length === 0) return;
            const what = operation(draft, kind, a, b, c);
            const { changes } = edit(draft, what);
            const before = draft.text;
            for (const set of changes) draft.change(set);
            expect(wholesome(draft.text), `${JSON.stringify(what)}\n${before}\n=>\n${draft.text}`).toBe(true);
            if (what.do === 'move' || what.do === 'wrap' || what.do === 'set' || what.do === 'insert') {
              const kept = comments(draft.text);
              for (const line of comments(before)) {
                const at = kept.indexOf(line);
                expect(at, `${JSON.stringify(what)}\n${before}\n=>\n${draft.text}`).toBeGreaterThanOrEqual(0);
                kept.splice(at, 1);
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  }, 120_000);

  it('moves, takes away and doubles a step as a list would', () => {
    fc.assert(
      fc.property(runbookText, place, place, place, (text, a, b, c) => {
        const draft = new Draft(text);
        const [one, other] = [of(positions(draft), a), of(positions(draft), b)];
        const value = valueAt(text);
        const index = Math.floor(c * (other.block.items.length + 1));
        const moved = edit(draft, { do: 'move', path: one.item.path, into: into(other), index });
        if (moved.changes.length > 0 && one.block.items.length > 1) {
          const expected = clone(value);
          const [source, target] = [listOf(expected, one, draft), listOf(expected, other, draft)];
          const [step] = source.splice(one.index, 1);
          target.splice(source === target && index > one.index ? index - 1 : index, 0, step);
          expect(anonymous(valueAt(after(text, moved)))).toEqual(anonymous(expected));
        }
        if (one.block.items.length > 1) {
          const expected = clone(value);
          listOf(expected, one, draft).splice(one.index, 1);
          expect(valueAt(perform(draft, { do: 'remove', paths: [one.item.path] }))).toEqual(expected);
        }
        const expected = clone(value);
        const list = listOf(expected, one, draft);
        list.splice(one.index + 1, 0, clone(list[one.index]));
        expect(anonymous(valueAt(perform(draft, { do: 'duplicate', path: one.item.path })))).toEqual(
          anonymous(expected),
        );
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it('sets a value, and only that', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(fc.string(), fc.integer()), {
        minKeys: 1,
        maxKeys: 3,
        noNullPrototype: true,
      }),
      fc.constantFrom(
        '${ a.b }',
        'a: b',
        'null',
        '1e3',
        '~',
        '- x',
        'x\n\ny\n',
        '\n',
        'a\n b',
        '0x1f',
        "'",
        '"q"',
        '大促 😀',
      ),
    );
    fc.assert(
      fc.property(
        runbookText,
        place,
        fc.constantFrom(['title'], ['with', 'url'], ['with', 'new'], ['locks'], ['retry']),
        value,
        (text, a, field, wanted) => {
          const draft = new Draft(text);
          const one = of(positions(draft), a);
          const expected = clone(valueAt(text));
          let target = listOf(expected, one, draft)[one.index] as Record<string, unknown>;
          for (const part of field.slice(0, -1)) target = (target[part] ??= {}) as Record<string, unknown>;
          target[field.at(-1) ?? ''] = wanted;
          const next = perform(draft, { do: 'set', path: one.item.path, field, value: wanted });
          expect(valueAt(next), next).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  }, 120_000);
});

/** Without ids, which moving may have to change. */
function anonymous(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anonymous);
  if (typeof value !== 'object' || value == null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'id')
      .map(([key, item]) => [key, anonymous(item)]),
  );
}
