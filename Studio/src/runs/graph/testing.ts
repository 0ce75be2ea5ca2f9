import type { Schema } from '../../api/client';

type Answer = Schema<'GraphNodeResponse'>;

/** A step that has not begun, as the server tells of it. */
export const node = (path: string, kind = 'run', part?: string): Answer => ({
  path,
  parent: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null,
  id: path.slice(path.lastIndexOf('/') + 1),
  kind,
  part,
  status: 'pending',
  instances: 0,
  counts: {},
  attempts: 0,
});
