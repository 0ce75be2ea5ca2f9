import { ValueEdits } from './edits';
import { stepOrder } from './kinds';
import { type BlockRef, itemsOf, type Outline } from './outline';
import { applied } from './source';

/** Activities that are refused without a lock, and one that is enough whatever their arguments will say. */
const needed: Record<string, string> = { 'cluster.shift': 'cluster/*', 'cluster.watch': 'cluster/*' };

/** A new step's source with the lock that it needs, where nothing around its place holds one yet. */
export function withLocks(outline: Outline, into: BlockRef, source: string): string {
  const activity = /^(?:- |\s+)run: (\S+)\s*$/m.exec(source)?.[1] ?? '';
  const lock = Object.hasOwn(needed, activity) ? needed[activity] : undefined;
  if (lock == null || /^(?:- |\s+)locks:/m.test(source) || isHeld(outline, into, lock)) return source;
  return applied(source, new ValueEdits(source).set([0, 'locks'], [lock], stepOrder, 1));
}

function isHeld(outline: Outline, into: BlockRef, lock: string): boolean {
  const around = [...itemsOf(outline.steps)].filter(
    ({ path }) => into.owner === path || into.owner.startsWith(`${path}/`),
  );
  const kind = lock.slice(0, lock.indexOf('/') + 1);
  return [outline.header.locks, ...around.map(({ fields }) => fields.locks)]
    .flatMap((locks): unknown[] => (Array.isArray(locks) ? locks : []))
    .some((held) => typeof held === 'string' && (held.startsWith(kind) || held === '*' || held.startsWith('${')));
}
