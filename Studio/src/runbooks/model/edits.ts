import { type Document, isCollection, isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { columnOf, endWithComments, lineEnd, lineStart, nextLine, startWithComments } from './lines';
import type { Change } from './outline';
import { contentEnd, keyOf, pairEnd, parse, rangeOf } from './reading';
import { isMapping, renderAfterKey, renderInline, renderItem, renderKey, renderScalar } from './render';

export type Path = readonly (string | number)[];

/**
 * Edits of values in a YAML text, each as the smallest change of the text: what is not edited keeps its comments, order,
 * quotes and blank lines.
 */
export class ValueEdits {
  private readonly document: Document.Parsed;

  constructor(private readonly text: string) {
    this.document = parse(text);
  }

  get root(): unknown {
    return this.document.contents;
  }

  /** Makes the value at a path be this one. `order` says where a new key is written in the mapping that lies `within` parts deep. */
  set(path: Path, value: unknown, order: readonly string[] = [], within = 0): Change[] {
    let node: unknown = this.root;
    for (const [depth, part] of path.entries()) {
      const rest = path.slice(depth + 1);
      if (isMap(node)) {
        const pair = findPair(node, String(part));
        if (pair == null) return [this.addPair(node, String(part), nested(rest, value), depth === within ? order : [])];
        if (!isCollection(pair.value) || rest.length === 0 || isEmptyInBlock(node, pair.value))
          return this.replacePair(node, pair, nested(rest, value));
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(part)];
        if (item === undefined) return [this.insertItem(node, node.items.length, nested(rest, value))];
        if (!isCollection(item) || rest.length === 0)
          return this.replaceNode(item, nested(rest, value), node.flow === true);
        node = item;
      } else {
        return this.replaceNode(node, nested(path.slice(depth), value), false);
      }
    }
    return this.replaceNode(node, value, false);
  }

  /** Takes a key or an item away; nothing where there is none. */
  remove(path: Path): Change[] {
    const parent = path.length === 1 ? this.root : this.document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    if (isMap(parent)) {
      const pair = findPair(parent, String(last));
      return pair == null ? [] : [this.removePair(parent, pair)];
    }
    return isSeq(parent) && parent.items[Number(last)] !== undefined ? [this.removeItem(parent, Number(last))] : [];
  }

  insert(path: Path, index: number, value: unknown): Change[] {
    const list = this.document.getIn(path, true);
    return isSeq(list) ? [this.insertItem(list, index, value)] : this.set(path, [value]);
  }

  rename(path: Path, name: string): Change[] {
    const parent = path.length === 1 ? this.root : this.document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent) ? findPair(parent, String(path.at(-1))) : undefined;
    const range = rangeOf(pair?.key);
    if (pair == null || range == null) return [];
    const like = isScalar(pair.key) && pair.key.type !== 'PLAIN' ? pair.key.type : undefined;
    return [
      {
        from: range[0],
        to: range[1],
        insert: renderScalar(name, isMap(parent) && parent.flow === true, like ?? undefined),
      },
    ];
  }

  private replacePair(map: YAMLMap, pair: Pair, value: unknown): Change[] {
    if (isCollection(pair.value) && same(this.valueOf(pair.value), value)) return [];
    if (
      (isCollection(pair.value) && !isEmptyInBlock(map, pair.value)) ||
      (isScalar(pair.value) &&
        pair.value.source !== '' &&
        pair.value.source !== undefined &&
        !isMapping(value) &&
        !Array.isArray(value))
    ) {
      return this.replaceNode(pair.value, value, map.flow === true);
    }
    const keyEnd = rangeOf(pair.key)?.[1] ?? 0;
    const from = this.text.indexOf(':', keyEnd) + 1;
    const to = Math.max(from, contentEnd(pair.value, this.text));
    const column = columnOf(this.text, rangeOf(pair.key)?.[0] ?? 0);
    return [
      { from, to, insert: map.flow === true ? ` ${renderInline(value)}` : renderAfterKey(keyOf(pair), value, column) },
    ];
  }

  private replaceNode(node: unknown, value: unknown, inBrackets: boolean): Change[] {
    const range = rangeOf(node);
    if (range == null) return [{ from: this.text.length, to: this.text.length, insert: renderInline(value) }];
    if (isMap(node) && isMapping(value)) {
      const merged = this.merge(node, value);
      if (merged != null) return merged;
    }
    if (isSeq(node) && Array.isArray(value)) {
      const merged = this.mergeItems(node, value);
      if (merged != null) return merged;
    }
    if (isScalar(node) && node.value === value) return [];
    const [from, to] = [range[0], contentEnd(node, this.text)];
    if (inBrackets) {
      return [
        { from, to, insert: renderInline(value, isScalar(node) && node.type !== 'PLAIN' ? node.type : undefined) },
      ];
    }
    return [this.replaceInBlock(node, from, to, value)];
  }

  /** Behind a key or a dash on its line, or on lines of its own below it. */
  private replaceInBlock(node: unknown, from: number, to: number, value: unknown): Change {
    const above = this.text.slice(0, from).trimEnd();
    const key = /([^\s:'"]+)['"]?:$/.exec(above);
    const start = lineStart(this.text, above.length);
    const line = this.text.slice(start, above.length);
    const column = line.length - line.trimStart().length + (/^\s*((- )*)/.exec(line)?.[1]?.length ?? 0);
    const like =
      isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') ? node.type : undefined;
    return {
      from: above.length,
      to,
      insert: renderAfterKey(key?.[1] ?? '', value, key == null ? Math.max(0, column - 2) : column, like),
    };
  }

  /** The changes that make a mapping hold other values; null: written anew is simpler. */
  private merge(map: YAMLMap, value: Record<string, unknown>): Change[] | null {
    const keys = map.items.map(keyOf);
    const gone = keys.filter((key) => !(key in value));
    const come = Object.keys(value).filter((key) => !keys.includes(key));
    if (gone.length + come.length > 1 || (gone.length > 0 && keys.length === 1)) return null;
    return [
      ...map.items
        .filter((pair) => keyOf(pair) in value)
        .flatMap((pair) =>
          same(this.valueOf(pair.value), value[keyOf(pair)]) ? [] : this.replacePair(map, pair, value[keyOf(pair)]),
        ),
      ...gone.flatMap((key) => this.removePair(map, findPair(map, key) as Pair)),
      ...come.map((key) => this.addPair(map, key, value[key], [])),
    ].sort((a, b) => a.from - b.from);
  }

  private mergeItems(list: YAMLSeq, value: unknown[]): Change[] | null {
    const before = list.items.map((item) => this.valueOf(item));
    const changed =
      before.length === value.length
        ? value.flatMap((item, index) => (same(item, before[index]) ? [] : [index]))
        : null;
    if (changed != null)
      return changed.flatMap((index) => this.replaceNode(list.items[index], value[index], list.flow === true));
    let head = 0;
    while (head < Math.min(before.length, value.length) && same(before[head], value[head])) head++;
    const rest = [before.slice(head), value.slice(head)] as const;
    if (before.length > 0 && value.length === before.length + 1 && same(rest[0], rest[1].slice(1)))
      return [this.insertItem(list, head, value[head])];
    if (before.length > 1 && value.length === before.length - 1 && same(rest[0].slice(1), rest[1]))
      return [this.removeItem(list, head)];
    return null;
  }

  private valueOf(node: unknown): unknown {
    return isScalar(node) || isCollection(node) ? (node.toJS(this.document) as unknown) : null;
  }

  private addPair(map: YAMLMap, key: string, value: unknown, order: readonly string[]): Change {
    const [from, to] = rangeOf(map) ?? [0, 0];
    if (map.flow === true || map.items.length === 0) {
      const last = map.items.at(-1);
      const text = `${renderKey(key, true)}: ${renderInline(value)}`;
      if (last == null) return { from, to, insert: `{ ${text} }` };
      const end = pairEnd(last, this.text);
      return { from: end, to: end, insert: `, ${text}` };
    }
    const column = columnOf(this.text, rangeOf(map.items[0]?.key)?.[0] ?? 0);
    const line = `${renderKey(key)}:${renderAfterKey(key, value, column)}`;
    const rank = order.indexOf(key);
    const before = rank < 0 ? map.items.at(-1) : map.items.findLast((pair) => order.indexOf(keyOf(pair)) < rank);
    if (before == null) {
      const start = rangeOf(map.items[0]?.key)?.[0] ?? 0;
      return { from: start, to: start, insert: `${line}\n${' '.repeat(column)}` };
    }
    const end = endWithComments(this.text, pairEnd(before, this.text), column);
    return { from: end, to: end, insert: `\n${' '.repeat(column)}${line}` };
  }

  private removePair(map: YAMLMap, pair: Pair): Change {
    const index = map.items.indexOf(pair);
    const [next, previous] = [map.items[index + 1], map.items[index - 1]];
    const from = rangeOf(pair.key)?.[0] ?? 0;
    if (next == null && previous == null) {
      const [start] = rangeOf(map) ?? [0];
      return this.emptied(start, contentEnd(map, this.text), '{}');
    }
    if (map.flow === true) {
      return next != null
        ? { from, to: rangeOf(next.key)?.[0] ?? from, insert: '' }
        : { from: previous == null ? from : pairEnd(previous, this.text), to: pairEnd(pair, this.text), insert: '' };
    }
    const column = columnOf(this.text, from);
    const end = endWithComments(this.text, pairEnd(pair, this.text), column);
    if (previous == null && next != null) return { from, to: rangeOf(next.key)?.[0] ?? from, insert: '' };
    const floor = previous == null ? 0 : endWithComments(this.text, pairEnd(previous, this.text), column);
    const start = startWithComments(this.text, lineStart(this.text, from), floor);
    return { from: start > 0 ? start - 1 : start, to: end, insert: '' };
  }

  /** An empty collection stands behind its key, not on a line of its own. */
  private emptied(from: number, to: number, brackets: '{}' | '[]'): Change {
    const above = this.text.slice(0, from).trimEnd();
    return above.endsWith(':') ? { from: above.length, to, insert: ` ${brackets}` } : { from, to, insert: brackets };
  }

  private insertItem(list: YAMLSeq, index: number, value: unknown): Change {
    const [from, to] = rangeOf(list) ?? [0, 0];
    if (list.items.length === 0) return { from, to, insert: renderInline([value]) };
    const [before, after] = [list.items[index - 1], list.items[index]];
    if (list.flow === true) {
      if (after !== undefined) {
        const start = rangeOf(after)?.[0] ?? from;
        return { from: start, to: start, insert: `${renderInline(value)}, ` };
      }
      const end = contentEnd(before, this.text);
      return { from: end, to: end, insert: `, ${renderInline(value)}` };
    }
    const column = columnOf(this.text, from);
    if (before === undefined)
      return { from, to: from, insert: `${renderItem(value, column).trimStart()}\n${' '.repeat(column)}` };
    const end = endWithComments(this.text, contentEnd(before, this.text), column);
    return { from: end, to: end, insert: `\n${renderItem(value, column)}` };
  }

  private removeItem(list: YAMLSeq, index: number): Change {
    const [item, next, previous] = [list.items[index], list.items[index + 1], list.items[index - 1]];
    const [start, end] = rangeOf(list) ?? [0, 0];
    if (next === undefined && previous === undefined)
      return this.emptied(start, list.flow === true ? end : contentEnd(list, this.text), '[]');
    const from = rangeOf(item)?.[0] ?? start;
    if (list.flow === true) {
      return next !== undefined
        ? { from, to: rangeOf(next)?.[0] ?? from, insert: '' }
        : { from: contentEnd(previous, this.text), to: contentEnd(item, this.text), insert: '' };
    }
    const column = columnOf(this.text, start);
    const last = endWithComments(this.text, contentEnd(item, this.text), column);
    const line = startWithComments(this.text, lineStart(this.text, from), 0);
    // The first item may begin on the line of its key's dash.
    if (this.text.slice(lineStart(this.text, start), start).trim() !== '' && index === 0)
      return { from: start, to: (nextLine(this.text, last) ?? last) + column, insert: '' };
    return { from: line > 0 ? line - 1 : line, to: lineEnd(this.text, last), insert: '' };
  }
}

/** `key: {}` in a block: what is put there is written on lines of its own, as it would be without the braces. */
const isEmptyInBlock = (map: YAMLMap, value: unknown): boolean =>
  map.flow !== true && isMap(value) && value.items.length === 0;

export function findPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => keyOf(pair) === key);
}

/** `['a', 'b']` and 1 make `{ a: { b: 1 } }`. */
function nested(path: Path, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, part) => (typeof part === 'number' ? [inner] : { [part]: inner }), value);
}

export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isMapping(a) || !isMapping(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}
