import { api, take } from '../../api/client';
import type { Name } from './complete';

export type ScopePart = 'step' | 'undo' | 'until';

export interface Scope {
  names: Name[];
  globals: string[];
}

const kept = new Map<string, Promise<Scope>>();
const nothing: Scope = { names: [], globals: [] };

/** The names that an expression may use at a step of a text; nothing while the text has no such step. */
export function scopeAt(source: string, path: string, part: ScopePart): Promise<Scope> {
  const key = `${part} ${path} ${source}`;
  const known = kept.get(key);
  if (known != null) return known;
  const asked = take(api.POST('/api/runbooks/scope', { body: { source, path, part } })).then(
    ({ names, globals }) => ({ names: names as Name[], globals }),
    () => {
      kept.delete(key);
      return nothing;
    },
  );
  kept.set(key, asked);
  // Texts are long: only what the person is at is kept.
  for (const old of [...kept.keys()].slice(0, -8)) kept.delete(old);
  return asked;
}
