import { createContext, use } from 'react';
import type { BlockRef } from '../model/outline';

export interface GraphActions {
  /** Lets the person choose what to put there. */
  openPicker: (into: BlockRef, index: number) => void;
}

export const GraphActionsContext = createContext<GraphActions>({ openPicker: () => undefined });

export const useGraphActions = (): GraphActions => use(GraphActionsContext);
