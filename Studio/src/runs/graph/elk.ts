import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js';
import workerUrl from 'elkjs/lib/elk-worker.min.js?url';

let elk: InstanceType<typeof ELK> | undefined;
const known = new Map<string, Promise<ElkNode>>();

/**
 * Lays a graph out, in a worker: a large one must not hold up what is typed or drawn. The same graph is laid out once;
 * the caller leaves the answer as it is.
 */
export function layOut(graph: ElkNode): Promise<ElkNode> {
  elk ??= new ELK({ workerUrl });
  const shape = JSON.stringify(graph);
  let answer = known.get(shape);
  if (answer == null) {
    if (known.size > 30) known.clear();
    answer = elk.layout(graph);
    known.set(shape, answer);
  }
  return answer;
}
