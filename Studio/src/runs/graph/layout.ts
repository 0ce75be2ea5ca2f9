import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { Schema } from '../../api/client';

type Answer = Schema<'GraphNodeResponse'>;

/** A step of the runbook, with the steps within; a loop and its iteration are one. */
export interface GraphStep {
  answer: Answer;
  children: GraphStep[];
  /** Its children are lanes beside each other and not one after the other. */
  parallel: boolean;
}

export const leafSize = { width: 196, height: 54 };
export const header = 34;

/** The nodes as a tree. Iterations and rounds are taken into their loops: they say nothing that the loop does not. */
export function treeOf(nodes: Answer[]): GraphStep[] {
  const byPath = new Map<string, GraphStep>();
  const roots: GraphStep[] = [];
  for (const answer of nodes) {
    const parent = answer.parent == null ? undefined : byPath.get(answer.parent);
    if (parent != null && (answer.kind === 'iteration' || answer.kind === 'round')) {
      byPath.set(answer.path, parent);
      continue;
    }
    const step: GraphStep = { answer, children: [], parallel: answer.kind === 'parallel' };
    byPath.set(answer.path, step);
    (parent?.children ?? roots).push(step);
  }
  return roots;
}

/**
 * What ELK lays out: containers within containers, an edge from each step to the one that follows it. The outer ones are
 * brought into rows afterwards ({@link inRows}). On a narrow page all is below each other, and stays so.
 */
export function elkOf(roots: GraphStep[], narrow = false): ElkNode {
  const outer = narrow ? 0 : 2;
  return {
    id: '',
    layoutOptions: options(narrow ? 'DOWN' : 'RIGHT', 0),
    children: roots.map((step) => elkNode(step, 1, outer)),
    edges: edgesOf(roots, ''),
  };
}

function elkNode(step: GraphStep, depth: number, outer: number): ElkNode {
  const { answer, children } = step;
  if (children.length === 0) return { id: answer.path, ...leafSize };
  return {
    id: answer.path,
    layoutOptions: options(step.parallel || depth < outer ? 'RIGHT' : 'DOWN', header),
    children: children.map((child) => elkNode(child, depth + 1, outer)),
    edges: step.parallel ? [] : edgesOf(children, answer.path),
  };
}

/** Each block's steps follow each other; catch and finally come after the steps that they belong to, then and else beside each other. */
function edgesOf(steps: GraphStep[], within: string): ElkExtendedEdge[] {
  const edges: ElkExtendedEdge[] = [];
  const lastOf = new Map<string | null, GraphStep>();
  for (const step of steps) {
    const part = step.answer.part ?? null;
    const before = lastOf.get(part) ?? (part === 'catch' || part === 'finally' ? lastOf.get(null) : undefined);
    if (before != null) {
      edges.push({
        id: `${within}:${before.answer.path}>${step.answer.path}`,
        sources: [before.answer.path],
        targets: [step.answer.path],
      });
    }
    lastOf.set(part, step);
  }
  return edges;
}

function options(direction: 'RIGHT' | 'DOWN', top: number): Record<string, string> {
  return {
    'elk.algorithm': 'layered',
    'elk.direction': direction,
    'elk.padding': top === 0 ? '[top=0,left=0,bottom=0,right=0]' : `[top=${top + 8},left=12,bottom=12,right=12]`,
    'elk.spacing.nodeNode': '16',
    'elk.layered.spacing.nodeNodeBetweenLayers': direction === 'RIGHT' ? '34' : '22',
    'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
    'elk.separateConnectedComponents': 'true',
    'elk.spacing.componentComponent': '16',
  };
}
