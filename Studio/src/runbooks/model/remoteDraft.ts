import type { Answer, Request } from './desk';
import type { Edit, Operation } from './operations';
import type { Change, Outline } from './outline';
import { withStep } from './patch';

type Failed = Extract<Answer, { answer: 'failed' }>;
export type OutlineAnswer = Omit<Extract<Answer, { answer: 'outline' }>, 'answer'>;

/** Where the draft is kept: a worker's port, or a desk in the same thread. */
export interface DraftPort {
  send(request: Request): void;
  onAnswer(listener: (answer: Answer) => void): void;
  close(): void;
}

/** The draft in its own thread, so that reading a long text never holds up typing. */
export function workerPort(): DraftPort {
  const worker = new Worker(new URL('./draft.worker.ts', import.meta.url), { type: 'module', name: 'draft' });
  return {
    send: (request) => worker.postMessage(request),
    onAnswer: (listener) => {
      worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => listener(data));
      worker.addEventListener('error', ({ message }) =>
        listener({
          answer: 'failed',
          id: null,
          reason: message || 'The script that reads runbooks could not be loaded',
        }),
      );
    },
    close: () => worker.terminate(),
  };
}

/** A draft that somebody else holds. */
export class RemoteDraft {
  private version = 0;
  private asked = 0;
  /** The last one that could be read. */
  private outline: Outline | null = null;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private broken: Failed | null = null;

  constructor(
    private readonly port: DraftPort,
    onOutline: (answer: OutlineAnswer) => void,
  ) {
    port.onAnswer((answer) => {
      switch (answer.answer) {
        case 'outline':
          this.outline = answer.outline;
          return onOutline(answer);
        case 'steps':
          if (this.outline == null) throw new Error('A step was read again before any outline was there');
          this.outline = answer.steps.reduce(withStep, this.outline);
          return onOutline({ version: answer.version, outline: this.outline, current: true, diagnostics: [] });
      }
      if (answer.answer === 'failed' && answer.id == null) return this.breakOff(answer, onOutline);
      const id = answer.id as number;
      this.waiting.get(id)?.(answer);
      this.waiting.delete(id);
    });
  }

  /** Nothing is answered any more: who waits is told, and the page says why. */
  private breakOff(failed: Failed, onOutline: (answer: OutlineAnswer) => void): void {
    this.broken = failed;
    for (const tell of this.waiting.values()) tell(failed);
    this.waiting.clear();
    const diagnostics = [{ message: failed.reason, from: 0, to: 0 }];
    onOutline({ version: this.version, outline: this.outline, current: false, diagnostics });
  }

  open(text: string): number {
    this.version++;
    this.port.send({ ask: 'open', version: this.version, text });
    return this.version;
  }

  change(changes: Change[]): number {
    this.version++;
    this.port.send({ ask: 'change', version: this.version, changes });
    return this.version;
  }

  /** The edit, and the version of the text that it is for. */
  edit(operation: Operation): Promise<{ version: number; edit: Edit }> {
    return this.ask((id) => ({ ask: 'edit', id, operation })).then(
      (answer) => answer as Extract<Answer, { answer: 'edit' }>,
    );
  }

  copy(paths: string[]): Promise<string> {
    return this.ask((id) => ({ ask: 'copy', id, paths })).then(
      (answer) => (answer as Extract<Answer, { answer: 'copy' }>).source,
    );
  }

  close(): void {
    this.port.close();
  }

  private ask(request: (id: number) => Request): Promise<Answer> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      const tell = (answer: Answer): void =>
        answer.answer === 'failed' ? reject(new Error(answer.reason)) : resolve(answer);
      if (this.broken != null) return tell(this.broken);
      this.waiting.set(id, tell);
      this.port.send(request(id));
    });
  }
}
