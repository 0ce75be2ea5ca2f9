import type { Schema } from '../api/client';
import type { RunStore } from './RunStore';

/** A step of the runbook that a run pinned, as the graph has it. */
export type PlannedNode = Pick<Schema<'GraphNodeResponse'>, 'path' | 'parent' | 'kind' | 'part'>;

/** Steps of the pinned runbook as a tree; a loop's one child stands for all its iterations. */
export interface Planned {
  /** The last part of its path; `*` for an iteration or a round. */
  name: string;
  kind: string;
  part: string | null;
  within: Planned[];
}

export function plannedOf(nodes: readonly PlannedNode[]): Planned[] {
  const all = new Map<string, Planned>();
  const roots: Planned[] = [];
  for (const { path, parent, kind, part } of nodes) {
    const node: Planned = { name: path.slice(path.lastIndexOf('/') + 1), kind, part: part ?? null, within: [] };
    all.set(path, node);
    (parent == null ? roots : (all.get(parent)?.within ?? roots)).push(node);
  }
  return roots;
}

export interface Remaining {
  /** Steps that have not begun; iterations, rounds and branches are none. */
  steps: number;
  /** A loop has not begun whose items are not known: there may be more. */
  more: boolean;
}

/**
 * The steps that a run has still before it, or never came to: of a loop that has begun as many as it has items, of one
 * that has not those of one iteration. A catch is not counted before it is needed, an else only when it was chosen.
 */
export function remainingOf(planned: readonly Planned[], store: Pick<RunStore, 'find' | 'childrenOf'>): Remaining {
  const remaining: Remaining = { steps: 0, more: false };
  const block = (nodes: readonly Planned[], prefix: string): void => {
    for (const node of nodes) step(node, `${prefix}${node.name}`);
  };
  const step = (node: Planned, path: string): void => {
    const known = store.find(path);
    if (known == null && !parts.has(node.kind)) remaining.steps++;
    // What it left out in the end was never to be.
    if (known?.status === 'done' || known?.status === 'skipped') return;
    switch (node.kind) {
      case 'forEach':
      case 'repeat': {
        const [round] = node.within;
        const begun = store.childrenOf(path);
        const items = node.kind === 'repeat' ? Math.max(1, begun.length) : known?.items;
        for (const iteration of begun)
          if (store.find(iteration)?.status !== 'done') block(round?.within ?? [], `${iteration}/`);
        if (items == null) remaining.more = true;
        remaining.steps += Math.max(0, (items ?? 1) - begun.length) * stepsIn(round?.within ?? []);
        return;
      }
      case 'if': {
        const begun = (part: string) =>
          node.within
            .filter((inner) => inner.part === part)
            .some((inner) => store.find(`${path}/${inner.name}`) != null);
        const part = begun('else') ? 'else' : 'then';
        return block(
          node.within.filter((inner) => inner.part === part),
          `${path}/`,
        );
      }
      case 'try':
        return block(
          node.within.filter((inner) => inner.part !== 'catch' || store.find(`${path}/${inner.name}`) != null),
          `${path}/`,
        );
      default:
        block(node.within, `${path}/`);
    }
  };
  block(planned, '');
  return remaining;
}

/** Parts of a step, which are no steps themselves. */
const parts = new Set(['iteration', 'round', 'branch']);

/** The steps of which nothing has begun. */
function stepsIn(nodes: readonly Planned[]): number {
  return nodes.reduce((sum, { kind, part, within }) => {
    if (part === 'catch' || part === 'else') return sum;
    return sum + (parts.has(kind) ? 0 : 1) + stepsIn(within);
  }, 0);
}
