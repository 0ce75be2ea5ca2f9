import type { Status } from '../ui/status';
import type { RunStore } from './RunStore';
import { hasEnded } from './stepModel';

/** What is looked at first, when one mark stands for many steps. */
const order: Status[] = [
  'incident',
  'undo-failed',
  'failed',
  'waiting-for-approval',
  'waiting-for-lock',
  'retrying',
  'undoing',
  'running',
  'waiting-for-signal',
  'waiting',
];
const rank = new Map(order.map((status, index) => [status, index]));

/** The state of an iteration or a branch: its own once it has ended, before that the most urgent within. */
export function urgencyOf(store: RunStore, path: string): Status {
  const own = store.find(path)?.status ?? 'pending';
  if (hasEnded(own)) return own;
  let urgent: Status | null = null;
  for (const child of store.childrenOf(path)) {
    const status = store.find(child)?.status;
    if (status == null || hasEnded(status)) continue;
    const within = urgencyOf(store, child);
    if (urgent == null || (rank.get(within) ?? 99) < (rank.get(urgent) ?? 99)) urgent = within;
  }
  return urgent ?? own;
}
