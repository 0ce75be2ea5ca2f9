import { createContext, use, useSyncExternalStore } from 'react';
import type { Item } from '../model/outline';
import type { Design, DesignState } from './Design';

export const DesignContext = createContext<Design | null>(null);

/** The runbook that is being designed on this page. */
export function useDesign(): Design {
  const design = use(DesignContext);
  if (design == null) throw new Error('There is no design around this component');
  return design;
}

/** A part of its state; draws again only when that part is another. */
export function useDesignState<T>(select: (state: DesignState) => T): T {
  const design = useDesign();
  return useSyncExternalStore(design.subscribe, () => select(design.snapshot()));
}

/** An item as it is now; what it says changes without the shape of the whole. */
export function useItem(item: Item): Item {
  const fields = useDesignState((state) => state.items.get(item.path)?.fields);
  return fields == null ? item : { ...item, id: typeof fields.id === 'string' ? fields.id : item.id, fields };
}
