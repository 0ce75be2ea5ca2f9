import { same } from '../model/edits';
import type { Item, Outline } from '../model/outline';
import { itemsOf } from '../model/outline';

/**
 * The new outline, with the values of the old one where they are equal: what did not change is not drawn again. Places
 * are those of the new one.
 */
export function reconcile(before: Outline | null, next: Outline | null): Outline | null {
  if (before == null || next == null) return next;
  const old = new Map<string, Item>();
  for (const item of itemsOf(before.steps)) old.set(item.path, item);
  for (const item of itemsOf(next.steps)) {
    const known = old.get(item.path);
    if (known != null && same(known.fields, item.fields)) item.fields = known.fields;
  }
  if (same(before.header, next.header)) next.header = before.header;
  return next;
}
