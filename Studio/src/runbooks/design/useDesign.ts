import { createContext, use, useSyncExternalStore } from 'react';
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
