// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Batch, Entry, LiveConnection, RunEvent } from '../live/connection';
import { RunStore } from './RunStore';
import { urgencyOf } from './urgency';

const at = '2026-11-10T12:00:00Z';
let version = 0;

const entry = (...events: RunEvent[]): Entry => ({ position: ++version, run: 'r', version, at, events });
const task = (path: string, attempt = 1): RunEvent => ({
  event: 'task-scheduled',
  path,
  attempt,
  activity: 'notify',
  undo: false,
});

class FakeStream {
  listener: (batch: Batch) => void = () => {};
  readonly live = {
    onBatch: (listener: (batch: Batch) => void) => ((this.listener = listener), () => {}),
  } as unknown as LiveConnection;
  send = (...entries: Entry[]) => this.listener({ entries, progress: [] });
}

/** The server has these steps at that version. */
function serve(steps: { path: string; status: string; block?: boolean }[], atVersion: number): void {
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url);
    const body = pathname.endsWith('/steps')
      ? { items: steps.map((step) => ({ block: false, attempts: 0, ...step })), next: null }
      : { version: atVersion, run: { endedAt: null } };
    return new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } });
  });
}

async function open(): Promise<{ store: RunStore; stream: FakeStream }> {
  const stream = new FakeStream();
  const store = new RunStore('r');
  store.open(stream.live);
  return { store, stream };
}

afterEach(() => {
  version = 0;
  vi.unstubAllGlobals();
});

describe('a run that is open', () => {
  it('shows what was loaded, and then each entry', async () => {
    serve([{ path: 'a', status: 'running' }], 5);
    const { store, stream } = await open();
    await vi.waitFor(() => expect(store.loaded).toBe(true));
    version = 5;

    stream.send(entry({ event: 'step-completed', path: 'a', result: 1 }), entry(task('b')));

    expect(store.find('a')?.status).toBe('done');
    expect(store.find('b')).toMatchObject({ status: 'running', activity: 'notify', attempts: 1 });
    expect(store.counts.get('done')).toBe(1);
    expect(store.counts.get('running')).toBe(1);
  });

  it('misses nothing that came while it loaded, and applies nothing twice', async () => {
    serve([{ path: 'a', status: 'done' }], 2);
    const { store, stream } = await open();

    stream.send(entry(task('a')), entry({ event: 'step-completed', path: 'a' }), entry(task('b')));
    await vi.waitFor(() => expect(store.loaded).toBe(true));
    stream.send({ ...entry(task('a', 2)), version: 1 });

    expect(store.find('a')?.status).toBe('done');
    expect(store.find('b')?.status).toBe('running');
    expect(store.order).toEqual(['a', 'b']);
  });

  it('tells a step only of its own changes', async () => {
    serve(
      [
        { path: 'a', status: 'running' },
        { path: 'b', status: 'running' },
      ],
      1,
    );
    const { store, stream } = await open();
    await vi.waitFor(() => expect(store.loaded).toBe(true));
    version = 1;
    const [a, b] = [vi.fn(), vi.fn()];
    store.subscribeStep('a', a);
    store.subscribeStep('b', b);

    stream.send(entry({ event: 'step-completed', path: 'b' }));

    expect(a).not.toHaveBeenCalled();
    expect(b).toHaveBeenCalledOnce();
  });

  it('shows of an iteration what is most urgent within it, until it has ended', async () => {
    serve([], 0);
    const { store, stream } = await open();
    await vi.waitFor(() => expect(store.loaded).toBe(true));

    stream.send(
      entry({ event: 'loop-started', path: 'each', items: [1] }),
      entry({ event: 'block-started', path: 'each/0' }, task('each/0/a'), {
        event: 'incident-opened',
        path: 'each/0/b',
        error: { code: 'x', message: 'y' },
      }),
    );
    expect(urgencyOf(store, 'each/0')).toBe('incident');
    stream.send(entry({ event: 'step-completed', path: 'each/0' }));

    expect(urgencyOf(store, 'each/0')).toBe('done');
    expect(store.find('each')?.items).toBe(1);
  });

  it('says what went wrong when it cannot be loaded', async () => {
    vi.stubGlobal(
      'fetch',
      async () =>
        new Response(JSON.stringify({ type: 'urn:orchestrator:problem:not-found', detail: 'There is no run r.' }), {
          status: 404,
          headers: { 'Content-Type': 'application/json' },
        }),
    );
    const { store } = await open();

    await vi.waitFor(() => expect(store.error).toMatchObject({ code: 'not-found', status: 404 }));
  });
});
