import { same } from '../model/edits';
import { type Block, type Item, itemsOf, type Outline } from '../model/outline';

export type Items = ReadonlyMap<string, Item>;

export const itemsByPath = (outline: Outline | null): Items =>
  new Map(outline == null ? [] : [...itemsOf(outline.steps)].map((item) => [item.path, item]));

/**
 * Gives the new outline the values of the old one where they are equal: what did not change is not drawn again. Places
 * are those of the new one.
 */
export function reconcile(before: Outline | null, old: Items, next: Outline): void {
  for (const item of itemsOf(next.steps)) {
    const known = old.get(item.path);
    if (known != null && same(known.fields, item.fields)) item.fields = known.fields;
  }
  if (before != null && same(before.header, next.header)) next.header = before.header;
}

/** Whether both have the same steps of the same kinds in the same blocks, whatever those say. */
export function sameShape(a: Block, b: Block): boolean {
  return (
    a.items.length === b.items.length &&
    a.keyFrom < 0 === b.keyFrom < 0 &&
    a.items.every((item, index) => {
      const other = b.items[index];
      return (
        other != null &&
        item.path === other.path &&
        item.kind === other.kind &&
        item.blocks.every((block, place) => {
          const twin = other.blocks[place];
          return twin != null && sameShape(block, twin);
        })
      );
    })
  );
}
