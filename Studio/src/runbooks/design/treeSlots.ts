import { type Block, type BlockRef, findPosition, type Outline } from '../model/outline';

/** A place between the rows of the list of steps where a dragged step may be let go. */
export interface TreeSlot {
  into: BlockRef;
  index: number;
  /** It lies before the row of this number; the number of rows: behind the last. */
  gap: number;
  /** As the rows count it, from 1. */
  level: number;
}

/** Where steps may be put among the rows that `rowsOf` gives for the same outline and the same folded steps, from above. */
export function slotsOf(outline: Outline, folded: ReadonlySet<string>): TreeSlot[] {
  const slots: TreeSlot[] = [];
  let row = 0;
  const block = ({ items }: Block, into: BlockRef, level: number): void => {
    for (const [index, item] of items.entries()) {
      slots.push({ into, index, gap: row, level });
      row++;
      if (folded.has(item.path)) continue;
      // The block that a step always has takes the first step in; others take one where they are written.
      for (const [number, inner] of item.blocks.entries())
        if (number === 0 || inner.keyFrom >= 0) block(inner, { owner: item.path, key: inner.key }, level + 1);
    }
    slots.push({ into, index: items.length, gap: row, level });
  };
  block(outline.steps, { owner: '', key: 'steps' }, 1);
  return slots;
}

/** Whether the step can be put there: not into itself, a branch only among branches, and not where it stands. */
export function mayMove(outline: Outline, path: string, { into, index }: TreeSlot): boolean {
  const position = findPosition(outline, path);
  if (position == null || (position.item.kind === 'branch') !== (into.key === 'parallel')) return false;
  if (into.owner === path || into.owner.startsWith(`${path}/`)) return false;
  const same = (position.owner?.path ?? '') === into.owner && position.block.key === into.key;
  return !same || (index !== position.index && index !== position.index + 1);
}

/**
 * The slot that is meant at a place: of the gap that is nearest, the one whose level is nearest. Of two on one level the
 * upper ends a block and the lower begins the next: which is meant says the side of the gap's line.
 * @param at How many rows the place is below the first row's top, as in 2.6.
 * @param level How deep it is, as in 1.8.
 */
export function slotAt(slots: readonly TreeSlot[], at: number, level: number): TreeSlot | null {
  const nearest = Math.min(...slots.map(({ gap }) => Math.abs(gap - at)));
  const near = slots.filter(({ gap }) => Math.abs(gap - at) === nearest);
  const depth = Math.min(...near.map((slot) => Math.abs(slot.level - level)));
  const fitting = near.filter((slot) => Math.abs(slot.level - level) === depth);
  return (at < (fitting[0]?.gap ?? 0) ? fitting[0] : fitting.at(-1)) ?? null;
}
