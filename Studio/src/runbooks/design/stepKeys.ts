import type { BlockRef, Outline, Position } from '../model/outline';
import { findPosition } from '../model/outline';
import type { Operation } from '../model/operations';

const refOf = ({ owner, block }: Position): BlockRef => ({ owner: owner?.path ?? '', key: block.key });

/** Where a new step goes when one is selected: after it; in an empty runbook or with none selected: at the end. */
export function placeAfter(outline: Outline, selected: string | null): { into: BlockRef; index: number } {
  const position = selected == null ? null : findPosition(outline, selected);
  if (position == null) return { into: { owner: '', key: 'steps' }, index: outline.steps.items.length };
  const [first] = position.item.blocks;
  // Into a block that has none yet, rather than after it.
  if (first != null && first.items.length === 0)
    return { into: { owner: position.item.path, key: first.key }, index: 0 };
  if (position.item.kind === 'branch')
    return { into: { owner: position.item.path, key: 'steps' }, index: first?.items.length ?? 0 };
  return { into: refOf(position), index: position.index + 1 };
}

/** The move that Alt with an arrow means; null: there is no further to go. */
export function moveFor(outline: Outline, path: string, key: string): Operation | null {
  const position = findPosition(outline, path);
  if (position == null) return null;
  const { index, block, owner, item } = position;
  const into = refOf(position);
  const branch = item.kind === 'branch';
  const around = owner == null || branch ? null : (findPosition(outline, owner.path) as Position);
  const out = around == null ? null : outOf(outline, around);
  switch (key) {
    case 'ArrowUp':
      if (index > 0) return { do: 'move', path, into, index: index - 1 };
      return out && { do: 'move', path, into: out.into, index: out.index };
    case 'ArrowDown':
      if (index < block.items.length - 1) return { do: 'move', path, into, index: index + 2 };
      return out && { do: 'move', path, into: out.into, index: out.index + 1 };
    case 'ArrowLeft':
      return out && { do: 'move', path, into: out.into, index: out.index + 1 };
    case 'ArrowRight': {
      const before = block.items[index - 1];
      const holder = before?.kind === 'parallel' ? before.blocks[0]?.items.at(-1) : before;
      const inner = holder?.blocks[0];
      if (branch || holder == null || inner == null) return null;
      return { do: 'move', path, into: { owner: holder.path, key: inner.key }, index: inner.items.length };
    }
    default:
      return null;
  }
}

/** Where a step goes that leaves its block: beside the step that has it; out of a branch, beside the whole `parallel`. */
function outOf(outline: Outline, around: Position): { into: BlockRef; index: number } {
  const step =
    around.item.kind === 'branch' && around.owner != null
      ? (findPosition(outline, around.owner.path) as Position)
      : around;
  return { into: refOf(step), index: step.index };
}
