import type { Edge, Node } from '@xyflow/react';
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { Schema } from '../../api/client';
import type { GraphStep } from './layout';

export interface StepData extends Record<string, unknown> {
  answer: Schema<'GraphNodeAnswer'>;
  /** Steps follow it to the right, or below. */
  direction: 'RIGHT' | 'DOWN';
}

export type FlowStep = Node<StepData, 'step' | 'lane'>;

/** The laid out graph as React Flow wants it: parents before children, positions within the parent. */
export function flowOf(laidOut: ElkNode, roots: GraphStep[]): { nodes: FlowStep[]; edges: Edge[] } {
  const steps = new Map<string, GraphStep>();
  const index = (all: GraphStep[]) => {
    for (const step of all) {
      steps.set(step.answer.path, step);
      index(step.children);
    }
  };
  index(roots);

  const nodes: FlowStep[] = [];
  const edges: Edge[] = [];
  const add = (parent: ElkNode) => {
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
      add(child);
    }
    for (const edge of parent.edges ?? []) {
      const [source, target] = [edge.sources[0], edge.targets[0]];
      if (source == null || target == null) continue;
      const last = steps.get(target)?.answer.part;
      edges.push({
        id: edge.id,
        source,
        target,
        type: 'smoothstep',
        className: last === 'finally' || last === 'catch' ? 'aside' : undefined,
        focusable: false,
      });
    }
  };
  add(laidOut);
  return { nodes, edges };
}
