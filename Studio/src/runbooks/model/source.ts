import { isMap, isSeq, type YAMLMap } from 'yaml';
import type { ChosenKind, Container, Kind } from './kinds';
import { columnOf, indentLines } from './lines';
import type { Item } from './outline';
import { contentEnd, parse, rangeOf } from './reading';
import { findPair, ValueEdits } from './edits';
import { renderItem, renderScalar } from './render';

/** Sources of steps: YAML lists of one or more, with their dashes at the left margin and their comments. */

/** A step as it stands in the text. */
export function sourceOf(text: string, item: Item): string {
  if (item.inBrackets) {
    const node = parse(text.slice(item.from, item.to));
    return renderItem(node.toJS(), 0);
  }
  return indentLines(text.slice(item.from, item.to), -columnOf(text, item.dash));
}

/** The steps in a text that was pasted: a list of steps, or one step alone; null: there is none in it. */
export function sourcesIn(pasted: string): string[] | null {
  const text = pasted.replace(/\r\n?/g, '\n').replace(/\n\s*$/, '');
  const document = parse(text);
  const root = document.contents;
  if (document.errors.length > 0) return null;
  if (isMap(root)) return isStep(root) ? [renderItem(root.toJS(document), 0)] : null;
  if (!isSeq(root) || root.items.length === 0) return null;
  if (!root.items.every((node) => isMap(node) && isStep(node))) return null;
  if (root.flow === true) return root.items.map((node) => renderItem(isMap(node) ? node.toJS(document) : null, 0));
  const column = columnOf(text, rangeOf(root)?.[0] ?? 0);
  const tokens = root.srcToken?.type === 'block-seq' ? root.srcToken.items : [];
  let from = 0;
  return root.items.map((node, index) => {
    const next = tokens[index + 1]?.start.find(({ type }) => type === 'seq-item-ind')?.offset;
    const last = index === root.items.length - 1;
    let to = last ? text.length : contentEnd(node, text);
    if (!last && next != null) to = Math.max(to, text.slice(0, next).trimEnd().length);
    const source = indentLines(text.slice(from, to), -column).replace(/^\n+/, '');
    from = to;
    return source;
  });
}

const isStep = (map: YAMLMap): boolean =>
  map.items.length > 0 && findPair(map, 'steps') !== map.items[0] && findPair(map, 'runbook') !== map.items[0];

/** The id that a source of one step has; empty without one. */
export function idOf(source: string): string {
  const root = parse(source).contents;
  const step = isSeq(root) ? root.items[0] : undefined;
  const id: unknown = isMap(step) ? step.get('id') : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
}

/** The same source under another id. */
export function withId(source: string, id: string): string {
  return applied(source, new ValueEdits(source).set([0, 'id'], id));
}

export function applied(text: string, changes: readonly { from: number; to: number; insert: string }[]): string {
  return changes
    .toReversed()
    .reduce((after, { from, to, insert }) => after.slice(0, from) + insert + after.slice(to), text);
}

/** An id that none of the others has: itself, or with a number behind it. */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const base =
    wanted
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 60) || 'step';
  if (!taken.has(base)) return base;
  const stem = base.replace(/-\d+$/, '');
  for (let number = 2; ; number++) if (!taken.has(`${stem}-${number}`)) return `${stem}-${number}`;
}

/** The keys that a new step of a kind begins with, besides its id. */
export function beginning(kind: ChosenKind | Container): [string, unknown][] {
  switch (kind) {
    case 'run':
      return [
        ['run', ''],
        ['with', {}],
      ];
    case 'approval':
      return [['approval', { title: '', roles: ['commander'], quorum: 1, timeout: '30m', onTimeout: 'reject' }]];
    case 'wait':
      return [['wait', { for: '10m' }]];
    case 'runbook':
      return [
        ['runbook', ''],
        ['with', {}],
      ];
    case 'steps':
      return [['steps', []]];
    case 'parallel':
      return [['parallel', [{ steps: [] }, { steps: [] }]]];
    case 'forEach':
      return [
        ['forEach', '${ [] }'],
        ['as', 'item'],
        ['steps', []],
      ];
    case 'if':
      return [
        ['if', '${ true }'],
        ['steps', []],
      ];
    case 'repeat':
      return [
        ['repeat', { atMost: 10, delay: '10s' }],
        ['steps', []],
      ];
    case 'try':
      return [
        ['try', []],
        ['catch', []],
      ];
  }
}

/** A new step; an activity's arguments are still to be filled in. */
export function newStep(kind: ChosenKind, id: string, fields: Record<string, unknown> = {}): string {
  return renderItem({ id, ...Object.fromEntries(beginning(kind)), ...fields }, 0);
}

/** A new branch of a `parallel`. */
export const newBranch = (id: string): string => `- id: ${renderScalar(id, false)}\n  steps: []`;

/** Steps with a block of a kind around them. */
export function wrapped(kind: Container, id: string, source: string): string {
  const inner = kind === 'try' ? 'try' : kind === 'parallel' ? 'parallel' : 'steps';
  const keys = beginning(kind).filter(([key]) => key !== inner && key !== 'catch');
  const head = renderItem({ id, ...Object.fromEntries(keys) }, 0);
  const body = kind === 'parallel' ? `- steps:\n${indentLines(source, 4)}` : source;
  const tail = kind === 'try' ? `\n  finally: []` : '';
  return `${head}\n  ${inner}:\n${indentLines(body, 4)}${tail}`;
}

/** What the new kind keeps of the steps that the old one had. */
export function sharedBlock(before: Kind, after: Kind): [from: string, to: string] | null {
  const main = (kind: Kind): string | null =>
    kind === 'try'
      ? 'try'
      : kind === 'steps' || kind === 'forEach' || kind === 'if' || kind === 'repeat'
        ? 'steps'
        : null;
  const [from, to] = [main(before), main(after)];
  return from != null && to != null ? [from, to] : null;
}
