import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { queryClient } from '../api/queryClient';
import { type Batch, type ConnectionState, LiveConnection } from './connection';
import { Freshness } from './freshness';

/** The one stream of this page. */
export const live = new LiveConnection('/api/stream');

/** Starts the stream, and keeps lists fresh that no fold keeps. */
export function startLive(): void {
  const freshness = new Freshness(queryClient);
  live.onBatch((batch) => freshness.take(batch));
  live.start();
}

export function useConnection(): ConnectionState {
  return useSyncExternalStore(live.subscribe, live.snapshot);
}

/** Calls back once a frame with what came, while the component is there. */
export function useBatches(listener: (batch: Batch) => void): void {
  const latest = useEffectEvent(listener);
  useEffect(() => live.onBatch((batch) => latest(batch)), []);
}
