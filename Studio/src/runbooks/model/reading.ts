import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, parseDocument, type Pair, visit } from 'yaml';
import type { YAMLMap, YAMLSeq } from 'yaml';
import { type BlockKey, blocksOf, type Kind, kindOf } from './kinds';
import { columnOf, endWithComments, lineEnd, lineStart, startWithComments } from './lines';
import { address, type Block, type Item, type Outline, type SyntaxDiagnostic } from './outline';
import { moved } from './patch';

/** A text as the YAML library reads it: the document keeps comments, order and style, and every node its place. */
export function parse(text: string): Document.Parsed {
  return parseDocument(text, { keepSourceTokens: true, prettyErrors: false, version: '1.2' });
}

export interface Reading {
  /** Null: the text is no YAML, or no mapping. */
  outline: Outline | null;
  diagnostics: SyntaxDiagnostic[];
}

export function read(text: string): Reading {
  const document = parse(text);
  if (document.errors.length > 0) {
    return {
      outline: null,
      diagnostics: document.errors.map(({ message, pos: [from, to] }) => ({ message, from, to: Math.max(from, to) })),
    };
  }
  const root = document.contents;
  if (root != null && !isMap(root) && !(isScalar(root) && root.value == null)) {
    return {
      outline: null,
      diagnostics: [{ message: 'A runbook is a mapping: runbook: name', from: 0, to: lineEnd(text, 0) }],
    };
  }
  const reader = new OutlineReader(text, document);
  const outline = reader.outline(isMap(root) ? (root as YAMLMap.Parsed) : null);
  address(outline);
  return { outline, diagnostics: [] };
}

/** Reads one step from its own lines; null when they are not exactly one step. Its addresses are still to be given. */
export function readItem(slice: string, offset: number, kind: 'step' | 'branch'): Item | null {
  const document = parse(slice);
  const { contents: list } = document;
  if (document.errors.length > 0 || document.warnings.length > 0) return null;
  if (!isSeq(list) || list.flow === true || list.items.length !== 1 || usesAnchors(document)) return null;
  if (document.directives?.docStart === true || document.directives?.docEnd === true) return null;
  const [item] = new OutlineReader(slice, document).items(list as YAMLSeq.Parsed, kind);
  return item == null || item.to !== slice.length ? null : moved(item, offset);
}

function usesAnchors(document: Document.Parsed): boolean {
  let found = false;
  visit(document, (_, node) => {
    if (!isAlias(node) && !((isScalar(node) || isCollection(node)) && node.anchor != null)) return undefined;
    found = true;
    return visit.BREAK;
  });
  return found;
}

/** The offset behind the last character that a node has, comments and line breaks after it left out. */
export function contentEnd(node: unknown, text: string): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last != null) return pairEnd(last, text);
  }
  if (isSeq(node) && node.flow !== true) {
    const last = node.items.at(-1);
    const end = last == null ? -1 : contentEnd(last, text);
    if (end >= 0) return end;
  }
  const range = rangeOf(node);
  if (range == null) return -1;
  const [from, to] = range;
  const literal = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
  if (literal && text.slice(from, lineEnd(text, from)).includes('+')) return text[to - 1] === '\n' ? to - 1 : to;
  let end = to;
  while (end > from && /\s/.test(text[end - 1] ?? '')) end--;
  return end;
}

export function pairEnd(pair: Pair, text: string): number {
  const keyEnd = rangeOf(pair.key)?.[1] ?? 0;
  const colon = text.indexOf(':', keyEnd) + 1;
  return Math.max(colon, contentEnd(pair.value, text));
}

export function rangeOf(node: unknown): [number, number, number] | null {
  return (isScalar(node) || isCollection(node) || isAlias(node)) && node.range != null ? node.range : null;
}

export const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : '');

class OutlineReader {
  constructor(
    private readonly text: string,
    private readonly document: Document.Parsed,
  ) {}

  outline(root: YAMLMap.Parsed | null): Outline {
    const end = this.text.length;
    const pair = root?.items.find((candidate) => keyOf(candidate) === 'steps');
    return {
      header: root == null ? {} : this.fields(root, new Set(['steps'])),
      steps: pair == null ? this.missing('steps', end) : this.block(pair, 'steps', 'step'),
    };
  }

  items(list: YAMLSeq.Parsed, as: 'step' | 'branch'): Item[] {
    const tokens = list.srcToken?.type === 'block-seq' ? list.srcToken.items : null;
    let floor = 0;
    return list.items.map((node, index) => {
      const token = tokens?.[index]?.start.find(({ type }) => type === 'seq-item-ind');
      const item = this.item(node, token?.offset ?? null, floor, as);
      floor = item.to;
      return item;
    });
  }

  private item(node: unknown, dash: number | null, floor: number, as: 'step' | 'branch'): Item {
    const map = isMap(node) ? (node as YAMLMap.Parsed) : null;
    const keys = new Set(map?.items.map(keyOf));
    const kind: Kind = as === 'branch' ? 'branch' : kindOf(keys);
    const parts = blocksOf[kind];
    const fields = map == null ? {} : this.fields(map, new Set<string>(parts));
    const id = typeof fields.id === 'string' || typeof fields.id === 'number' ? String(fields.id) : '';
    const [from, end] = this.extent(node, dash, floor);
    const blocks = parts.map((key) => {
      const pair = map?.items.find((candidate) => keyOf(candidate) === key);
      return pair == null ? this.missing(key, end) : this.block(pair, key, key === 'parallel' ? 'branch' : 'step');
    });
    return { path: '', id, kind, from, dash: dash ?? from, to: end, inBrackets: dash == null, fields, blocks };
  }

  private extent(node: unknown, dash: number | null, floor: number): [number, number] {
    if (dash == null) {
      const range = rangeOf(node);
      return [range?.[0] ?? 0, range?.[1] ?? 0];
    }
    const start = lineStart(this.text, dash);
    const end = Math.max(dash + 1, contentEnd(node, this.text));
    return [startWithComments(this.text, start, floor), endWithComments(this.text, end, columnOf(this.text, dash))];
  }

  private block(pair: Pair, key: BlockKey, as: 'step' | 'branch'): Block {
    const keyFrom = rangeOf(pair.key)?.[0] ?? 0;
    const { value } = pair;
    if (!isSeq(value) || value.items.length === 0) {
      const range = isSeq(value) ? rangeOf(value) : null;
      const end = pairEnd(pair, this.text);
      return { key, keyFrom, from: range?.[0] ?? end, to: range?.[1] ?? end, column: null, items: [] };
    }
    const list = value as YAMLSeq.Parsed;
    const items = this.items(list, as);
    const [first, last] = [items[0], items.at(-1)];
    const [from, to] = rangeOf(list) ?? [0, 0];
    if (first == null || last == null || first.inBrackets) return { key, keyFrom, from, to, column: null, items };
    return { key, keyFrom, from: first.from, to: last.to, column: columnOf(this.text, first.dash), items };
  }

  private missing(key: BlockKey, at: number): Block {
    return { key, keyFrom: -1, from: at, to: at, column: null, items: [] };
  }

  private fields(map: YAMLMap.Parsed, without: ReadonlySet<string>): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (key !== '' && !without.has(key)) fields[key] = this.valueOf(pair.value);
    }
    return fields;
  }

  private valueOf(node: unknown): unknown {
    try {
      return isScalar(node) || isCollection(node) || isAlias(node) ? (node.toJS(this.document) as unknown) : null;
    } catch {
      return null; // an alias of nothing: the server says so
    }
  }
}
