import { api, take } from '../api/client';
import type { Batch, Entry } from '../live/connection';
import type { LiveConnection } from '../live/connection';
import type { Status } from '../ui/status';
import { applyEvent, hasEnded, newStep, stepOf, type StepModel } from './stepModel';

const pageSize = 1_000;

/**
 * The steps of one open run, kept from the journal's entries. Components read parts of it and are told only when their
 * part changed, once a frame: with thousands of live steps React must not draw the others again.
 */
export class RunStore {
  /** In the order in which they began. */
  readonly order: string[] = [];
  readonly counts = new Map<Status, number>();
  /** Journal version that is shown. */
  version = 0;
  loaded = false;
  /** Nothing of it goes on, unless somebody tries again or takes it back. */
  ended = false;
  error: unknown = null;

  private readonly steps = new Map<string, StepModel>();
  private readonly children = new Map<string, string[]>();
  private readonly stepListeners = new Map<string, Set<() => void>>();
  private readonly listeners = new Set<(changed: ReadonlySet<string>) => void>();
  private waiting: Entry[] | null = [];
  private changes = 0;

  constructor(readonly run: string) {}

  /** Loads what there is and follows what comes; returns what ends it. */
  open(live: LiveConnection): () => void {
    const closing = new AbortController();
    this.waiting = [];
    this.error = null;
    const stop = live.onBatch((batch) => this.take(batch));
    this.load(closing.signal).catch((error: unknown) => {
      if (closing.signal.aborted) return;
      this.error = error;
      this.tell(new Set());
    });
    return () => {
      closing.abort();
      stop();
    };
  }

  /** Grows with every change of any step: a cheap value to compare. */
  get revision(): number {
    return this.changes;
  }

  find(path: string): StepModel | undefined {
    return this.steps.get(path);
  }

  childrenOf(path: string): readonly string[] {
    return this.children.get(path) ?? [];
  }

  /** Called when the step changes. */
  subscribeStep(path: string, listener: () => void): () => void {
    const own = this.stepListeners.get(path) ?? new Set();
    this.stepListeners.set(path, own.add(listener));
    return () => own.delete(listener);
  }

  /** Called with the paths that changed, at most once a frame. */
  subscribe(listener: (changed: ReadonlySet<string>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Applies what came; entries before the run is loaded wait, and those that the load already held change nothing. */
  take({ entries, progress }: Batch): void {
    const own = entries.filter((entry) => entry.run === this.run);
    if (this.waiting != null) {
      this.waiting.push(...own);
      return;
    }
    const changed = new Set<string>();
    for (const entry of own) this.apply(entry, changed);
    for (const said of progress) {
      const step = said.run === this.run ? this.steps.get(said.path) : undefined;
      if (step == null || hasEnded(step.status)) continue;
      this.steps.set(said.path, { ...step, progress: { fraction: said.fraction ?? null, message: said.message } });
      changed.add(said.path);
    }
    if (changed.size > 0 || own.length > 0) this.tell(changed);
  }

  private async load(signal: AbortSignal): Promise<void> {
    const { version, run } = await take(api.GET('/api/runs/{id}', { params: { path: { id: this.run } }, signal }));
    this.ended = run.endedAt != null;
    let cursor: string | undefined;
    do {
      const page = await take(
        api.GET('/api/runs/{id}/steps', {
          params: { path: { id: this.run }, query: { limit: pageSize, cursor } },
          signal,
        }),
      );
      const changed = new Set<string>();
      for (const answer of page.items) this.put(stepOf(answer), changed);
      this.tell(changed);
      cursor = page.next ?? undefined;
    } while (cursor != null);
    // Pages were read at different versions: applying all that came since the first in order gives the last state.
    const late = this.waiting ?? [];
    this.waiting = null;
    this.version = version;
    this.loaded = true;
    const changed = new Set<string>();
    for (const entry of late) this.apply(entry, changed);
    this.tell(changed);
  }

  private apply(entry: Entry, changed: Set<string>): void {
    if (entry.version <= this.version) return;
    this.version = entry.version;
    for (const event of entry.events) {
      if (event.event === 'run-ended') this.ended = true;
      if (event.event === 'undo-started' || event.event === 'run-reopened') this.ended = false;
      if (
        event.path == null ||
        event.path === '' ||
        event.event === 'incident-closed' ||
        event.event === 'undo-started'
      )
        continue;
      this.put(applyEvent(this.touch(event.path, entry.at, changed), event, entry.at), changed);
    }
  }

  private touch(path: string, at: string, changed: Set<string>): StepModel {
    const known = this.steps.get(path);
    if (known != null) return known;
    const made = newStep(path, at);
    const parent = parentOf(path);
    // A block that the journal does not name on its own still holds its steps.
    if (parent !== '' && !this.steps.has(parent))
      this.put({ ...this.touch(parent, at, changed), block: true }, changed);
    this.put(made, changed);
    return made;
  }

  private put(step: StepModel, changed: Set<string>): void {
    const before = this.steps.get(step.path);
    this.steps.set(step.path, step);
    changed.add(step.path);
    if (before == null) {
      this.order.push(step.path);
      const parent = parentOf(step.path);
      const siblings = this.children.get(parent);
      if (siblings == null) this.children.set(parent, [step.path]);
      else siblings.push(step.path);
    } else if (!before.block) {
      this.count(before.status, -1);
    }
    if (!step.block) this.count(step.status, 1);
  }

  private count(status: Status, change: number): void {
    this.counts.set(status, (this.counts.get(status) ?? 0) + change);
  }

  private tell(changed: ReadonlySet<string>): void {
    this.changes++;
    for (const path of changed) for (const listener of this.stepListeners.get(path) ?? []) listener();
    for (const listener of this.listeners) listener(changed);
  }
}

/** The enclosing step's path; empty for an outermost one. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
