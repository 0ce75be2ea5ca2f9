import type { Schema } from '../api/client';

interface Place {
  title?: string;
  within: Map<string, Place>;
}

/** The titles that a runbook gives its steps, by a step's path in a run: an iteration has the title of the loop's step. */
export function titlesOf(nodes: readonly Pick<Schema<'GraphNodeResponse'>, 'path' | 'title'>[]) {
  const root: Place = { within: new Map() };
  for (const { path, title } of nodes) {
    let at = root;
    for (const segment of path.split('/')) {
      const next = at.within.get(segment) ?? { within: new Map() };
      at.within.set(segment, next);
      at = next;
    }
    if (title != null) at.title = title;
  }
  return (path: string): string | undefined => {
    let at: Place | undefined = root;
    for (const segment of path.split('/')) at = at?.within.get(segment) ?? at?.within.get('*');
    return at?.title;
  };
}
