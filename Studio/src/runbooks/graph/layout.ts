import type { Block, BlockRef, Item, Outline } from '../model/outline';

export const leaf = { width: 244, height: 58 };
const head = 44;
const label = 24;
const padding = 14;
const gap = 34; // between steps, where the arrow is
const beside = 22; // between lanes
const empty = { width: leaf.width, height: 40 };

/** A box of the graph; its place is within its parent's. */
export interface Box {
  id: string;
  parent: string | null;
  kind: 'step' | 'around' | 'lane' | 'empty';
  /** The step or branch that it shows; of a lane and of an empty place: the one around. */
  item: Item | null;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Of a lane that is a block and no branch: its key. Of an empty place: where a step would be put. */
  block: BlockRef | null;
}

export interface Arrow {
  id: string;
  source: string;
  target: string;
  /** Where a step would be put between the two. */
  into: BlockRef;
  index: number;
}

/** A place where a dragged step may be let go, in the coordinates of the whole. */
export interface Slot {
  into: BlockRef;
  index: number;
  x: number;
  y: number;
  width: number;
}

export interface Layout {
  boxes: Box[];
  arrows: Arrow[];
  slots: Slot[];
  width: number;
  height: number;
}

interface Placed {
  width: number;
  height: number;
  /** Puts boxes into the layout once their place is known. */
  put: (parent: string | null, x: number, y: number, absoluteX: number, absoluteY: number) => void;
}

/**
 * Places the steps of a runbook: those of a block below each other, blocks of one step and branches beside each other,
 * each within the box of its step. The same steps always get the same places, and a change moves what stands below it only.
 */
export function layOut(outline: Outline, folded: ReadonlySet<string> = new Set()): Layout {
  const layout: Layout = { boxes: [], arrows: [], slots: [], width: 0, height: 0 };
  const placed = new Placing(layout, folded).block(outline.steps, { owner: '', key: 'steps' });
  placed.put(null, 0, 0, 0, 0);
  return { ...layout, width: placed.width, height: placed.height };
}

class Placing {
  constructor(
    private readonly layout: Layout,
    private readonly folded: ReadonlySet<string>,
  ) {}

  block(block: Block, into: BlockRef): Placed {
    if (block.items.length === 0) return this.nothing(into);
    const steps = block.items.map((item) => this.step(item));
    const width = Math.max(...steps.map((step) => step.width));
    const height = steps.reduce((sum, step) => sum + step.height, (steps.length - 1) * gap);
    const put: Placed['put'] = (parent, x, y, absoluteX, absoluteY) => {
      let top = 0;
      for (const [index, step] of steps.entries()) {
        const item = block.items[index];
        const before = block.items[index - 1];
        const left = (width - step.width) / 2;
        if (item != null && before != null) {
          this.layout.arrows.push({
            id: `${before.path}>${item.path}`,
            source: before.path,
            target: item.path,
            into,
            index,
          });
        }
        this.layout.slots.push({ into, index, x: absoluteX + width / 2, y: absoluteY + top - gap / 2, width });
        step.put(parent, x + left, y + top, absoluteX + left, absoluteY + top);
        top += step.height + gap;
      }
      this.layout.slots.push({
        into,
        index: steps.length,
        x: absoluteX + width / 2,
        y: absoluteY + top - gap / 2,
        width,
      });
    };
    return { width, height, put };
  }

  private nothing(into: BlockRef): Placed {
    return {
      ...empty,
      put: (parent, x, y, absoluteX, absoluteY) => {
        this.layout.boxes.push({
          id: `${into.owner}:${into.key}:empty`,
          parent,
          kind: 'empty',
          item: null,
          x,
          y,
          ...empty,
          block: into,
        });
        this.layout.slots.push({
          into,
          index: 0,
          x: absoluteX + empty.width / 2,
          y: absoluteY + empty.height / 2,
          width: empty.width,
        });
      },
    };
  }

  private step(item: Item): Placed {
    // Blocks that may be left out are shown where there are any.
    const blocks = item.blocks.filter((block, index) => index === 0 || block.keyFrom >= 0);
    if (blocks.length === 0 || this.folded.has(item.path)) {
      return {
        ...leaf,
        put: (parent, x, y) => this.box({ id: item.path, parent, kind: 'step', item, x, y, ...leaf, block: null }),
      };
    }
    const [first] = blocks;
    const inner = item.kind === 'parallel' && first != null ? this.branches(item, first) : this.lanes(item, blocks);
    const width = Math.max(leaf.width, inner.width) + 2 * padding;
    const height = head + inner.height + padding;
    const left = (width - inner.width) / 2;
    return {
      width,
      height,
      put: (parent, x, y, absoluteX, absoluteY) => {
        this.box({ id: item.path, parent, kind: 'around', item, x, y, width, height, block: null });
        inner.put(item.path, left, head, absoluteX + left, absoluteY + head);
      },
    };
  }

  private branches(owner: Item, block: Block): Placed {
    const into: BlockRef = { owner: owner.path, key: 'parallel' };
    if (block.items.length === 0) return this.nothing(into);
    return this.row(
      block.items.map((branch) => {
        const [steps] = branch.blocks;
        const inner = steps == null ? this.nothing(into) : this.block(steps, { owner: branch.path, key: 'steps' });
        return this.lane(branch.path, branch, null, inner);
      }),
    );
  }

  private lanes(item: Item, blocks: Block[]): Placed {
    const inner = blocks.map((block) => {
      const into: BlockRef = { owner: item.path, key: block.key };
      const placed = this.block(block, into);
      return blocks.length === 1 ? placed : this.lane(`${item.path}:${block.key}`, item, into, placed);
    });
    return this.row(inner);
  }

  private lane(id: string, item: Item, block: BlockRef | null, inner: Placed): Placed {
    const [width, height] = [inner.width + 2 * padding, inner.height + label + padding];
    return {
      width,
      height,
      put: (parent, x, y, absoluteX, absoluteY) => {
        this.box({ id, parent, kind: 'lane', item, x, y, width, height, block });
        inner.put(id, padding, label, absoluteX + padding, absoluteY + label);
      },
    };
  }

  private row(inner: Placed[]): Placed {
    const width = inner.reduce((sum, one) => sum + one.width, (inner.length - 1) * beside);
    return {
      width,
      height: Math.max(...inner.map((one) => one.height)),
      put: (parent, x, y, absoluteX, absoluteY) => {
        let left = 0;
        for (const one of inner) {
          one.put(parent, x + left, y, absoluteX + left, absoluteY);
          left += one.width + beside;
        }
      },
    };
  }

  private box(box: Box): void {
    this.layout.boxes.push(box);
  }
}

/** The nearest place where a step may be let go; null: none is near. */
export function nearestSlot(
  slots: readonly Slot[],
  x: number,
  y: number,
  forbidden: (slot: Slot) => boolean,
): Slot | null {
  let [best, distance]: [Slot | null, number] = [null, 160];
  for (const slot of slots) {
    const away = Math.max(0, Math.abs(x - slot.x) - slot.width / 2) + Math.abs(y - slot.y);
    if (away < distance && !forbidden(slot)) [best, distance] = [slot, away];
  }
  return best;
}
