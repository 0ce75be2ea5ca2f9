import type { ElkNode } from 'elkjs/lib/elk-api.js';
import { header } from './layout';

export interface Point {
  x: number;
  y: number;
}

/** A laid out graph whose outer blocks are in rows, and the way of each edge that does not go straight on, within its block. */
export interface InRows {
  graph: ElkNode;
  turns: Map<string, Point[]>;
}

const between = 34;
/** Between rows, where edges turn back. */
const gutter = 44;
/** From a box to where its edge turns, and from the block's border to its first box. */
const turn = 16;
/** Edges that share a gutter keep so far apart. */
const apart = 7;
/** A page is about so many times as wide as it is high. */
const shape = 2.2;

/**
 * Breaks the outer blocks into rows, as text is, so that a long night can be read without panning: the rows that let the
 * whole be shown largest. An edge to another row goes through the gutters, never across a box.
 */
export function inRows(
  laidOut: ElkNode,
  isRow: (path: string) => boolean,
  startsRow: (path: string) => boolean,
): InRows {
  const turns = new Map<string, Point[]>();
  const children = (laidOut.children ?? [])
    .map(inLine)
    .map((child) => (isRow(child.id) ? placed(child, header, startsRow, turns) : child));
  return { graph: placed({ ...laidOut, children }, 0, startsRow, turns), turns };
}

/** Steps below each other exactly so: an edge that bends by a hair looks thick. */
export function inLine(block: ElkNode): ElkNode {
  const children = (block.children ?? []).map(inLine);
  const down = block.layoutOptions?.['elk.direction'] === 'DOWN';
  const alone = children.every((one) =>
    children.every((other) => one === other || endOf(one) <= (other.y ?? 0) || endOf(other) <= (one.y ?? 0)),
  );
  if (!down || !alone) return { ...block, children };
  return {
    ...block,
    children: children.map((one) => ({ ...one, x: ((block.width ?? 0) - (one.width ?? 0)) / 2 })),
  };
}

const endOf = ({ y = 0, height = 0 }: ElkNode): number => y + height;

interface Row {
  boxes: ElkNode[];
  width: number;
  height: number;
}

function placed(
  block: ElkNode,
  top: number,
  startsRow: (path: string) => boolean,
  turns: Map<string, Point[]>,
): ElkNode {
  const boxes = block.children ?? [];
  if (boxes.length === 0) return block;
  const rows = best(boxes, startsRow);
  const side = top === 0 && rows.length === 1 ? 0 : turn + 8;
  const places = new Map<string, { row: number; box: ElkNode }>();
  let y = top + (top === 0 ? 0 : 8);
  const gutters = [y];
  const children = rows.flatMap((row, index) => {
    let x = side;
    const middle = y + row.height / 2;
    const inRow = row.boxes.map((box) => {
      const put = { ...box, x, y: middle - (box.height ?? 0) / 2 };
      x += (box.width ?? 0) + between;
      places.set(box.id, { row: index, box: put });
      return put;
    });
    y += row.height + gutter;
    gutters.push(y - gutter / 2);
    return inRow;
  });
  const used = new Map<number, number>();
  for (const edge of block.edges ?? []) {
    const [from, to] = [places.get(edge.sources[0] ?? ''), places.get(edge.targets[0] ?? '')];
    if (from == null || to == null) continue;
    const next = rows[from.row]?.boxes;
    if (next?.[next.findIndex(({ id }) => id === from.box.id) + 1]?.id === to.box.id) continue;
    turns.set(edge.id, wayOf(from, to, gutters, used));
  }
  return {
    ...block,
    children,
    width: Math.max(...rows.map(({ width }) => width)) + 2 * side,
    height: y - gutter + (top === 0 ? 0 : 12),
  };
}

/** Out of the one box, through the gutter below its row, and into the other; over the left border where rows lie between. */
function wayOf(
  from: { row: number; box: ElkNode },
  to: { row: number; box: ElkNode },
  gutters: number[],
  used: Map<number, number>,
): Point[] {
  const lane = (index: number): number => {
    const taken = used.get(index) ?? 0;
    used.set(index, taken + 1);
    return (gutters[index] ?? 0) + (taken % 2 === 0 ? 1 : -1) * Math.ceil(taken / 2) * apart;
  };
  const start = { x: (from.box.x ?? 0) + (from.box.width ?? 0), y: middleOf(from.box) };
  const end = { x: to.box.x ?? 0, y: middleOf(to.box) };
  const below = lane(from.row + 1);
  const points = [start, { x: start.x + turn, y: start.y }, { x: start.x + turn, y: below }];
  if (to.row > from.row + 1) {
    const above = lane(to.row);
    points.push({ x: 8, y: below }, { x: 8, y: above }, { x: end.x - turn, y: above });
  } else {
    points.push({ x: end.x - turn, y: below });
  }
  points.push({ x: end.x - turn, y: end.y }, end);
  return points;
}

const middleOf = (box: ElkNode): number => (box.y ?? 0) + (box.height ?? 0) / 2;

/** The rows with which the block fills a page best. */
function best(boxes: ElkNode[], startsRow: (path: string) => boolean): Row[] {
  const widest = Math.max(...boxes.map(({ width = 0 }) => width));
  let found: { rows: Row[]; size: number } | null = null;
  for (let from = 0; from < boxes.length; from++) {
    let width = -between;
    for (let to = from; to < boxes.length; to++) {
      width += (boxes[to]?.width ?? 0) + between;
      if (width < widest) continue;
      const rows = broken(boxes, width, startsRow);
      const size = Math.min(
        shape / Math.max(...rows.map((row) => row.width)),
        1 / (rows.reduce((sum, row) => sum + row.height + gutter, 0) - gutter),
      );
      if (found == null || size > found.size) found = { rows, size };
    }
    // With very many boxes a row that begins at the first is good enough.
    if (boxes.length > 40) break;
  }
  return found?.rows ?? broken(boxes, Infinity, startsRow);
}

function broken(boxes: ElkNode[], width: number, startsRow: (path: string) => boolean): Row[] {
  const rows: Row[] = [];
  for (const box of boxes) {
    const row = rows.at(-1);
    const wide = (row?.width ?? 0) + between + (box.width ?? 0);
    if (row == null || wide > width || startsRow(box.id)) {
      rows.push({ boxes: [box], width: box.width ?? 0, height: box.height ?? 0 });
    } else {
      row.boxes.push(box);
      row.width = wide;
      row.height = Math.max(row.height, box.height ?? 0);
    }
  }
  return rows;
}
