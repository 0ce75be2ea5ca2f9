import type { Edge, Node } from '@xyflow/react';
import type { Arrow, Box, Layout } from './layout';

export type Severity = 'error' | 'warning';

export interface BoxData extends Record<string, unknown> {
  box: Box;
  problem: Severity | null;
  folded: boolean;
}

export type BoxNode = Node<BoxData, 'step' | 'around' | 'lane' | 'empty'>;
export type ArrowEdge = Edge<{ arrow: Arrow }, 'arrow'>;

interface Looks {
  selected: string | null;
  diagnostics: ReadonlyMap<string, Severity>;
  folded: ReadonlySet<string>;
}

/** The boxes as React Flow wants them; what is as it was before stays the same object, so that it is not drawn again. */
export class Boxes {
  private nodes = new Map<string, BoxNode>();
  private edges = new Map<string, ArrowEdge>();

  nodesOf(layout: Layout, { selected, diagnostics, folded }: Looks): BoxNode[] {
    const next = new Map<string, BoxNode>();
    for (const box of layout.boxes) {
      const own = box.kind === 'step' || box.kind === 'around' || (box.kind === 'lane' && box.item?.path === box.id);
      const problem = own ? (diagnostics.get(box.item?.path ?? '') ?? null) : null;
      const isSelected = own && box.item?.path === selected;
      const isFolded = folded.has(box.id);
      const known = this.nodes.get(box.id);
      const same =
        known != null &&
        known.selected === isSelected &&
        known.data.problem === problem &&
        known.data.folded === isFolded &&
        sameBox(known.data.box, box);
      next.set(box.id, same ? known : nodeOf(box, { box, problem, folded: isFolded }, isSelected));
    }
    this.nodes = next;
    return [...next.values()];
  }

  edgesOf(layout: Layout): ArrowEdge[] {
    const next = new Map<string, ArrowEdge>();
    for (const arrow of layout.arrows) {
      const known = this.edges.get(arrow.id);
      const same = known?.data?.arrow.index === arrow.index;
      next.set(arrow.id, same ? known : edgeOf(arrow));
    }
    this.edges = next;
    return [...next.values()];
  }
}

const sameBox = (a: Box, b: Box): boolean =>
  a.x === b.x &&
  a.y === b.y &&
  a.width === b.width &&
  a.height === b.height &&
  a.parent === b.parent &&
  a.kind === b.kind &&
  a.item?.kind === b.item?.kind &&
  a.item?.id === b.item?.id;

// What screen readers and keys use is the tree of steps beside the graph.
const hidden = { 'aria-hidden': true } as const;

function nodeOf(box: Box, data: BoxData, selected: boolean): BoxNode {
  const { id, parent, x, y, width, height, kind } = box;
  return {
    id,
    type: kind,
    position: { x, y },
    width,
    height,
    data,
    selected,
    draggable: kind === 'step' || kind === 'around',
    selectable: false,
    focusable: false,
    domAttributes: hidden,
    ...(parent == null ? {} : { parentId: parent }),
  };
}

function edgeOf(arrow: Arrow): ArrowEdge {
  const { id, source, target } = arrow;
  return {
    id,
    source,
    target,
    type: 'arrow',
    data: { arrow },
    focusable: false,
    selectable: false,
    domAttributes: hidden,
  };
}
