import type { Schema } from '../api/client';
import { openEventStream } from './eventStream';

export type Entry = Omit<Schema<'EntryResponse'>, 'events'> & { events: RunEvent[] };

/** An event of the journal: its discriminator, its step where it has one, and what else that event holds. */
export interface RunEvent {
  event: string;
  path?: string;
  [property: string]: unknown;
}

/** What a running task says of itself. */
export interface Progress {
  run: string;
  path: string;
  attempt: number;
  undo: boolean;
  fraction?: number;
  message: string;
  at: string;
}

/** Everything that came since the last frame was drawn, in order. */
export interface Batch {
  entries: Entry[];
  progress: Progress[];
}

export interface ConnectionState {
  /** `paused`: the page was hidden for a while; `healed`: for some seconds after a lost connection is back. */
  status: 'connecting' | 'open' | 'lost' | 'healed' | 'paused';
  /** Wall time in ms at which the connection was lost; null while it is not. */
  lostAt: number | null;
  /** Wall time in ms of the next attempt. */
  retryAt: number | null;
  /** Entries that came late, after the connection was back. Null until the first loss. */
  caughtUp: number | null;
}

const silence = 40_000; // the server says something every 15 s
const healedFor = 8_000;
const hiddenFor = 60_000;
const catchUp = 1_000;

/**
 * The live stream of all runs: after a loss it goes on behind the last entry that it has, so nothing is missed.
 * What comes is handed out once a frame.
 */
export class LiveConnection {
  private readonly batchListeners = new Set<(batch: Batch) => void>();
  private readonly stateListeners = new Set<() => void>();
  private state: ConnectionState = { status: 'connecting', lostAt: null, retryAt: null, caughtUp: null };
  private batch: Batch = { entries: [], progress: [] };
  private frame: number | null = null;
  private lastId: string | null = null;
  private failures = 0;
  private reopenedAt = 0;
  private stream: AbortController | null = null;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private calmTimer: ReturnType<typeof setTimeout> | undefined;
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly url: string) {}

  start(): void {
    window.addEventListener('online', () => this.retryNow());
    // Browsers allow six connections to a server: a page that nobody looks at gives its one back.
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.hiddenTimer);
      if (document.hidden) this.hiddenTimer = setTimeout(() => this.pause(), hiddenFor);
      else if (this.state.status === 'paused') this.open();
    });
    this.open();
  }

  /** Called once a frame with all that came; returns what ends it. */
  onBatch(listener: (batch: Batch) => void): () => void {
    this.batchListeners.add(listener);
    return () => this.batchListeners.delete(listener);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  };

  readonly snapshot = (): ConnectionState => this.state;

  retryNow(): void {
    if (this.state.status === 'lost') this.open();
  }

  private open(): void {
    clearTimeout(this.retryTimer);
    this.stream?.abort();
    const stream = new AbortController();
    this.stream = stream;
    openEventStream(this.url, this.lastId, stream.signal, {
      onOpen: () => this.opened(),
      onEvent: (event, id, data) => this.receive(event, id, data),
      onBytes: () => this.watchForSilence(),
    }).then(
      () => this.lose(stream),
      () => this.lose(stream),
    );
    this.watchForSilence();
  }

  private opened(): void {
    this.failures = 0;
    this.reopenedAt = performance.now();
    const wasLost = this.state.lostAt != null;
    this.set({ ...this.state, status: wasLost ? 'healed' : 'open', retryAt: null });
    if (!wasLost) return;
    this.calmTimer = setTimeout(
      () => this.set({ status: 'open', lostAt: null, retryAt: null, caughtUp: null }),
      healedFor,
    );
  }

  private receive(event: string, id: string | null, data: string): void {
    if (id != null) this.lastId = id;
    if (event === 'entry') {
      this.batch.entries.push(JSON.parse(data) as Entry);
      if (this.state.status === 'healed' && performance.now() - this.reopenedAt < catchUp) {
        this.set({ ...this.state, caughtUp: (this.state.caughtUp ?? 0) + 1 });
      }
    } else if (event === 'progress') {
      this.batch.progress.push(JSON.parse(data) as Progress);
    } else {
      return;
    }
    // A hidden page draws no frames; what it shows must be right all the same when it is looked at.
    this.frame ??= document.hidden ? window.setTimeout(this.flush, 250) : requestAnimationFrame(this.flush);
  }

  private readonly flush = (): void => {
    this.frame = null;
    const batch = this.batch;
    this.batch = { entries: [], progress: [] };
    for (const listener of this.batchListeners) listener(batch);
  };

  private lose(stream: AbortController): void {
    if (stream !== this.stream || this.state.status === 'paused') return;
    stream.abort();
    clearTimeout(this.silenceTimer);
    clearTimeout(this.calmTimer);
    const delay = Math.min(10_000, 500 * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures++;
    this.set({ status: 'lost', lostAt: this.state.lostAt ?? Date.now(), retryAt: Date.now() + delay, caughtUp: 0 });
    this.retryTimer = setTimeout(() => this.open(), delay);
  }

  private pause(): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.silenceTimer);
    this.set({ status: 'paused', lostAt: null, retryAt: null, caughtUp: null });
    this.stream?.abort();
  }

  private watchForSilence(): void {
    clearTimeout(this.silenceTimer);
    const stream = this.stream;
    this.silenceTimer = setTimeout(() => stream != null && this.lose(stream), silence);
  }

  private set(next: ConnectionState): void {
    this.state = next;
    for (const listener of this.stateListeners) listener();
  }
}
