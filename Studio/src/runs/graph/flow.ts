import type { Edge, Node } from '@xyflow/react';
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { Schema } from '../../api/client';
import type { GraphStep } from './layout';
import { inLine, inRows, type InRows, type Point } from './rows';

export interface StepData extends Record<string, unknown> {
  answer: Schema<'GraphNodeResponse'>;
  /** Steps follow it to the right, or below. */
  direction: 'RIGHT' | 'DOWN';
}

export type FlowStep = Node<StepData, 'step' | 'lane'>;

/** The way of an edge that does not lead to the box beside it; null: straight on. */
export type FlowEdge = Edge<{ way: Point[] | null }>;

/** The laid out graph as React Flow wants it: parents before children, positions within the parent. */
export function flowOf(laidOut: ElkNode, roots: GraphStep[], narrow = false): { nodes: FlowStep[]; edges: FlowEdge[] } {
  const steps = new Map<string, GraphStep>();
  const index = (all: GraphStep[]) => {
    for (const step of all) {
      steps.set(step.answer.path, step);
      index(step.children);
    }
  };
  index(roots);

  const { graph, turns }: InRows = narrow
    ? { graph: inLine(laidOut), turns: new Map() }
    : inRows(
        laidOut,
        (path) => steps.get(path)?.parallel === false && (steps.get(path)?.children.length ?? 0) > 0,
        (path) => steps.get(path)?.answer.part === 'else' && !leadsTo(laidOut, path),
      );
  const nodes: FlowStep[] = [];
  const edges: FlowEdge[] = [];
  const add = (parent: ElkNode, corner: Point) => {
    const direction = parent.layoutOptions?.['elk.direction'] === 'DOWN' ? 'DOWN' : 'RIGHT';
    for (const child of parent.children ?? []) {
      const step = steps.get(child.id);
      if (step == null) continue;
      nodes.push({
        id: child.id,
        type: step.children.length > 0 ? 'lane' : 'step',
        position: { x: child.x ?? 0, y: child.y ?? 0 },
        width: child.width,
        height: child.height,
        parentId: parent.id === '' ? undefined : parent.id,
        data: { answer: step.answer, direction },
        focusable: true,
        ariaLabel: step.answer.title ?? step.answer.id,
      });
      add(child, { x: corner.x + (child.x ?? 0), y: corner.y + (child.y ?? 0) });
    }
    for (const edge of parent.edges ?? []) {
      const [source, target] = [edge.sources[0], edge.targets[0]];
      if (source == null || target == null) continue;
      const last = steps.get(target)?.answer.part;
      const way = turns.get(edge.id);
      edges.push({
        id: edge.id,
        source,
        target,
        type: way != null ? 'turning' : inLineWith(parent, source, target) ? 'straight' : 'smoothstep',
        data: { way: way?.map(({ x, y }) => ({ x: corner.x + x, y: corner.y + y })) ?? null },
        className: last === 'finally' || last === 'catch' ? 'aside' : undefined,
        focusable: false,
      });
    }
  };
  add(graph, { x: 0, y: 0 });
  return { nodes, edges };
}

/** Whether an edge of its block leads to the step: the first of an else has none. */
const leadsTo = (graph: ElkNode, path: string): boolean =>
  (graph.edges ?? []).some(({ targets }) => targets.includes(path)) ||
  (graph.children ?? []).some((child) => leadsTo(child, path));

/** Whether the two boxes of a block face each other, but for a hair. */
function inLineWith({ children = [], layoutOptions }: ElkNode, source: string, target: string): boolean {
  const [from, to] = [source, target].map((id) => children.find((child) => child.id === id));
  if (from == null || to == null) return false;
  const down = layoutOptions?.['elk.direction'] === 'DOWN';
  const middle = ({ x = 0, y = 0, width = 0, height = 0 }: ElkNode): number => (down ? x + width / 2 : y + height / 2);
  return Math.abs(middle(from) - middle(to)) < 2;
}
