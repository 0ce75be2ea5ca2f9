import { lineStart } from './lines';
import { address, type Block, type Change, type Item, type Outline, type SyntaxProblem } from './outline';
import { moved, movedBlock, read, readItem } from './reading';

/**
 * A runbook's text and the outline of its steps. After a change within one step only that step is read again; what it
 * gives is what reading the whole text would give.
 */
export class Draft {
  text: string;
  /** The last one that could be read; of an older text while {@link problems} says why. */
  outline: Outline | null;
  problems: SyntaxProblem[];
  /** How many times the whole text was read, and how often one step was enough. */
  readonly readings = { whole: 0, step: 0 };

  constructor(text: string) {
    this.text = text;
    this.outline = null;
    this.problems = [];
    this.readWhole();
  }

  /** Whether the outline is of the text as it is. */
  get isCurrent(): boolean {
    return this.outline != null && this.problems.length === 0;
  }

  /** Applies sets of changes one after the other; each applies to the text that the ones before it left. */
  change(...sets: readonly (readonly Change[])[]): void {
    let stepwise = this.isCurrent;
    for (const changes of sets) {
      if (changes.length === 0) continue;
      const before = this.text;
      const hull = this.apply(changes);
      stepwise = stepwise && this.outline != null && this.readStep(this.outline, before, hull);
    }
    if (!stepwise) this.readWhole();
  }

  private apply(changes: readonly Change[]): { from: number; to: number; by: number } {
    const before = this.text;
    const hull = { from: before.length, to: 0, by: 0 };
    let [text, done] = ['', 0];
    for (const { from, to, insert } of changes) {
      text += before.slice(done, from) + insert;
      done = to;
      hull.from = Math.min(hull.from, from);
      hull.to = Math.max(hull.to, to);
      hull.by += insert.length - (to - from);
    }
    this.text = text + before.slice(done);
    return hull;
  }

  private readWhole(): void {
    this.readings.whole++;
    const { outline, problems } = read(this.text);
    this.problems = problems;
    if (outline != null) this.outline = outline;
  }

  private readStep(outline: Outline, before: string, hull: { from: number; to: number; by: number }): boolean {
    const old = innermost(outline.steps, before, hull);
    if (old == null) return false;
    const start = lineStart(before, old.dash);
    const slice = this.text.slice(start, old.to + hull.by);
    const fresh = readItem(slice, start, old.kind === 'branch' ? 'branch' : 'step');
    if (fresh == null) return false;
    this.readings.step++;
    const steps = replaced(outline.steps, old, { ...fresh, from: old.from }, hull.by);
    this.outline = { header: outline.header, steps };
    address(this.outline);
    return true;
  }
}

/** The innermost step whose own lines hold the whole change; never one in brackets, and never its dash. */
function innermost(block: Block, text: string, hull: { from: number; to: number }): Item | null {
  const item = block.items.find(({ dash, to, inBrackets }) => !inBrackets && dash + 2 <= hull.from && hull.to <= to);
  if (item == null || text.slice(lineStart(text, item.dash), item.dash).trim() !== '') return null;
  for (const inner of item.blocks) {
    const found = innermost(inner, text, hull);
    if (found != null) return found;
  }
  return item;
}

/** The block with one item replaced, and all that stands behind it moved. */
function replaced(block: Block, old: Item, fresh: Item, by: number): Block {
  return {
    ...block,
    to: block.to + by,
    items: block.items.map((item) => {
      if (item === old) return fresh;
      if (item.from > old.to) return moved(item, by);
      return item.from <= old.from && old.to <= item.to ? around(item, old, fresh, by) : item;
    }),
  };
}

function around(item: Item, old: Item, fresh: Item, by: number): Item {
  return {
    ...item,
    to: item.to + by,
    blocks: item.blocks.map((block) => {
      if (block.from <= old.from && old.to <= block.to) return replaced(block, old, fresh, by);
      return block.from > old.to || (block.keyFrom < 0 && block.from >= old.to) ? movedBlock(block, by) : block;
    }),
  };
}
