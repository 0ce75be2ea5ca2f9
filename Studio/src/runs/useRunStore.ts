import { createContext, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { live } from '../live/live';
import { RunStore } from './RunStore';
import type { StepModel } from './stepModel';

export const RunContext = createContext<RunStore | null>(null);

/** The store of a run, open while the component is there. */
export function useOpenRun(run: string): RunStore {
  const store = useMemo(() => new RunStore(run), [run]);
  useEffect(() => store.open(live), [store]);
  return store;
}

export function useRunStore(): RunStore {
  const store = useContext(RunContext);
  if (store == null) throw new Error('this belongs inside a run page');
  return store;
}

/** One step; the component is drawn again only when this step changes. */
export function useStep(path: string | null): StepModel | undefined {
  const store = useRunStore();
  const subscribe = useCallback(
    (listener: () => void) => (path == null ? () => {} : store.subscribeStep(path, listener)),
    [store, path],
  );
  return useSyncExternalStore(subscribe, () => (path == null ? undefined : store.find(path)));
}

/** Draws again when anything in the run changed, at most every so many ms: for summaries, not for steps. */
export function useRevision(every = 250): number {
  const store = useRunStore();
  const [revision, setRevision] = useState(store.revision);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      setRevision(store.revision);
    };
    show();
    const stop = store.subscribe(() => (timer ??= setTimeout(show, every)));
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [store, every]);
  return revision;
}

/** Whether the run has ended: what of it has not begun by then never does. */
export function useEnded(): boolean {
  const store = useRunStore();
  return useSyncExternalStore(
    useCallback((listener: () => void) => store.subscribe(listener), [store]),
    () => store.ended,
  );
}
