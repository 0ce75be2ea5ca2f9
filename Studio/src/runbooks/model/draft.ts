import { lineStart } from './lines';
import type { Block, Change, Item, Outline, SyntaxDiagnostic } from './outline';
import { type StepRead, withStep } from './patch';
import { read, readItem } from './reading';

/**
 * A runbook's text and the outline of its steps. After a change within one step only that step is read again; what it
 * gives is what reading the whole text would give.
 */
export class Draft {
  text: string;
  /** The last one that could be read; of an older text while {@link problems} says why. */
  outline: Outline | null;
  diagnostics: SyntaxDiagnostic[];
  /** How many times the whole text was read, and how often one step was enough. */
  readonly readings = { whole: 0, step: 0 };

  constructor(text: string) {
    this.text = text;
    this.outline = null;
    this.diagnostics = [];
    this.readWhole();
  }

  /** Whether the outline is of the text as it is. */
  get isCurrent(): boolean {
    return this.outline != null && this.diagnostics.length === 0;
  }

  /**
   * Applies sets of changes one after the other; each applies to the text that the ones before it left. Returns the
   * steps that were read again; null: the whole text was.
   */
  change(...sets: readonly (readonly Change[])[]): StepRead[] | null {
    let stepwise = this.isCurrent;
    const reads: StepRead[] = [];
    for (const changes of sets) {
      if (changes.length === 0) continue;
      const before = this.text;
      const hull = this.apply(changes);
      const read = stepwise && this.outline != null ? this.tryStep(this.outline, before, hull) : null;
      if (read == null) stepwise = false;
      else reads.push(read);
    }
    if (stepwise) return reads;
    this.readWhole();
    return null;
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
    try {
      const { outline, diagnostics } = read(this.text);
      this.diagnostics = diagnostics;
      if (outline != null) this.outline = outline;
    } catch (error) {
      // A fault of the reader's is said as a text that cannot be read is: somebody waits for an answer.
      this.diagnostics = [{ message: error instanceof Error ? error.message : String(error), from: 0, to: 0 }];
    }
  }

  /** Null: the whole text has to be read. */
  private tryStep(outline: Outline, before: string, hull: { from: number; to: number; by: number }): StepRead | null {
    try {
      return this.readStep(outline, before, hull);
    } catch {
      return null;
    }
  }

  private readStep(outline: Outline, before: string, hull: { from: number; to: number; by: number }): StepRead | null {
    const old = innermost(outline.steps, before, hull);
    if (old == null) return null;
    const start = lineStart(before, old.dash);
    const slice = this.text.slice(start, old.to + hull.by);
    const fresh = readItem(slice, start, old.kind === 'branch' ? 'branch' : 'step');
    if (fresh == null) return null;
    this.readings.step++;
    const read = { path: old.path, item: fresh, by: hull.by };
    this.outline = withStep(outline, read);
    return read;
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
