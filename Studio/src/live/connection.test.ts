// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Batch, LiveConnection } from './connection';

/** A server whose streams the test feeds and breaks. */
class FakeServer {
  readonly asked: (string | null)[] = [];
  private writer: ReadableStreamDefaultController<Uint8Array> | null = null;
  up = true;

  readonly fetch = async (_: string, init: RequestInit): Promise<Response> => {
    if (!this.up) throw new TypeError('no connection');
    this.asked.push(new Headers(init.headers).get('Last-Event-ID'));
    return new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (this.writer = controller) }), {
      status: 200,
    });
  };

  say(position: number): void {
    const data = JSON.stringify({ position, run: 'r', version: position, at: '2026-11-10T12:00:00Z', events: [] });
    this.writer?.enqueue(new TextEncoder().encode(`id: ${position}\nevent: entry\ndata: ${data}\n\n`));
  }

  break(): void {
    this.writer?.error(new TypeError('connection reset'));
  }
}

describe('the live connection', () => {
  let server: FakeServer;
  beforeEach(() => {
    server = new FakeServer();
    vi.stubGlobal('fetch', server.fetch);
  });
  afterEach(() => vi.unstubAllGlobals());

  async function connected(): Promise<{ live: LiveConnection; got: number[] }> {
    const live = new LiveConnection('/api/stream');
    const got: number[] = [];
    live.onBatch(({ entries }: Batch) => got.push(...entries.map((entry) => entry.position)));
    live.start();
    await vi.waitFor(() => expect(live.snapshot().status).toBe('open'));
    return { live, got };
  }

  it('goes on behind the last entry that it has, says that it was lost, and what came late', async () => {
    const { live, got } = await connected();
    server.say(7);
    await vi.waitFor(() => expect(got).toEqual([7]));

    server.up = false;
    server.break();
    await vi.waitFor(() => expect(live.snapshot().status).toBe('lost'));
    server.up = true;
    live.retryNow();
    await vi.waitFor(() => expect(live.snapshot().status).toBe('healed'));
    server.say(8);
    server.say(9);

    await vi.waitFor(() => expect(got).toEqual([7, 8, 9]));
    expect(server.asked).toEqual([null, '7']);
    expect(live.snapshot().caughtUp).toBe(2);
  });

  it('hands out what came between two frames together', async () => {
    const { live } = await connected();
    const sizes: number[] = [];
    live.onBatch(({ entries }) => sizes.push(entries.length));

    for (let position = 1; position <= 50; position++) server.say(position);

    await vi.waitFor(() => expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(50));
    expect(sizes.length).toBeLessThan(10);
  });
});
