import { type Icon } from '@tabler/icons-react';
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';

/** Something that the palette offers. */
export interface PaletteItem {
  id: string;
  group: string;
  title: string;
  /** Said after the title, and searched too. */
  hint?: string;
  icon?: Icon;
  run: () => void;
}

/** Finds items for what was typed; may ask the server. */
export type PaletteSource = (typed: string, signal: AbortSignal) => Promise<PaletteItem[]>;

const offered = new Map<symbol, PaletteItem>();
const listeners = new Set<() => void>();
let list: PaletteItem[] = [];

/** Offers an action in the palette while the component is there: what can be done on the page that is open. Null: nothing. */
export function usePaletteItem(item: PaletteItem | null): void {
  const run = useEffectEvent(() => item?.run());
  const { id, group, title, hint, icon } = item ?? {};
  useEffect(() => {
    if (id == null || group == null || title == null) return undefined;
    const key = Symbol(id);
    offered.set(key, { id, group, title, hint, icon, run: () => run() });
    changed();
    return () => {
      offered.delete(key);
      changed();
    };
  }, [id, group, title, hint, icon]);
}

export function usePaletteItems(): PaletteItem[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => list,
  );
}

/** Every word that was typed is in the item's texts. */
export function matches(item: PaletteItem, typed: string): boolean {
  const text = `${item.title} ${item.hint ?? ''} ${item.group}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function changed(): void {
  list = [...offered.values()];
  for (const listener of listeners) listener();
}
