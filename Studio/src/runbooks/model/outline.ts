import type { BlockKey, Kind } from './kinds';

/** The steps of a runbook's text with their places in it. Offsets count UTF-16 units from 0. */
export interface Outline {
  /** What stands at the top besides the steps. */
  header: Record<string, unknown>;
  steps: Block;
}

/** A list of steps, or the branches of a `parallel`. */
export interface Block {
  key: BlockKey;
  /** Where the key stands; -1: it is not written. */
  keyFrom: number;
  /** The list itself; both the end of the key where there is none yet. */
  from: number;
  to: number;
  /** Where its dashes stand in their lines; null for a list in brackets and an empty one. */
  column: number | null;
  items: Item[];
}

/** A step or a branch. */
export interface Item {
  /** Its address as the engine has it; `*` stands for the iterations of a loop. Unique in the outline. */
  path: string;
  id: string;
  kind: Kind;
  /** Beginning of its first line, comments right above it included; of a step in brackets: its own. */
  from: number;
  /** Its dash; of a step in brackets: its own beginning. */
  dash: number;
  /** The end of its last line, without the line break. */
  to: number;
  inBrackets: boolean;
  /** The values of its keys, except those that hold steps. */
  fields: Record<string, unknown>;
  blocks: Block[];
}

/** Why a text is no YAML, and where. */
export interface SyntaxDiagnostic {
  message: string;
  from: number;
  to: number;
}

/** A change of a text; of several, none overlaps another, and offsets are those of the text before all of them. */
export interface Change {
  from: number;
  to: number;
  insert: string;
}

/** Where a block is: the path of the step that has it (empty: the runbook itself) and its key. */
export interface BlockRef {
  owner: string;
  key: BlockKey;
}

export function* itemsOf(block: Block): Generator<Item> {
  for (const item of block.items) {
    yield item;
    for (const inner of item.blocks) yield* itemsOf(inner);
  }
}

/** Where an item stands. */
export interface Position {
  item: Item;
  block: Block;
  index: number;
  /** Null: the runbook itself. */
  owner: Item | null;
}

export function* positionsOf(block: Block, owner: Item | null = null): Generator<Position> {
  for (const [index, item] of block.items.entries()) {
    yield { item, block, index, owner };
    for (const inner of item.blocks) yield* positionsOf(inner, item);
  }
}

export function findPosition(outline: Outline, path: string): Position | null {
  for (const position of positionsOf(outline.steps)) if (position.item.path === path) return position;
  return null;
}

export function findBlock(outline: Outline, { owner, key }: BlockRef): { block: Block; owner: Item | null } | null {
  if (owner === '') return { block: outline.steps, owner: null };
  const item = findPosition(outline, owner)?.item;
  const block = item?.blocks.find((candidate) => candidate.key === key);
  return item == null || block == null ? null : { block, owner: item };
}

/** The innermost step around an offset, or null. */
export function itemAt(outline: Outline, offset: number): Item | null {
  let found: Item | null = null;
  let block: Block | undefined = outline.steps;
  while (block != null) {
    const item: Item | undefined = block.items.find(({ from, to }) => from <= offset && offset <= to);
    if (item == null) break;
    found = item;
    block = item.blocks.find(({ keyFrom, to, items }) => items.length > 0 && keyFrom <= offset && offset <= to);
  }
  return found;
}

/** Gives every item its address, as the engine makes them. */
export function address(outline: Outline): void {
  addressBlock(outline.steps, '', new Set());
}

function addressBlock(block: Block, prefix: string, taken: Set<string>): void {
  for (const [index, item] of block.items.entries()) {
    const id = item.id !== '' ? item.id : item.kind === 'branch' ? `${index + 1}` : `?${index + 1}`;
    let path = `${prefix}${id}`;
    for (let number = 2; taken.has(path); number++) path = `${prefix}${id}#${number}`;
    taken.add(path);
    item.path = path;
    const inner = item.kind === 'forEach' || item.kind === 'repeat' ? `${path}/*/` : `${path}/`;
    // The blocks of an `if` and of a `try` share their names.
    const siblings = new Set<string>();
    for (const part of item.blocks) addressBlock(part, inner, siblings);
  }
}
