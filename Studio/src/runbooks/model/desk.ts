import type { Draft } from './draft';
import { copied, edit, type Edit, type Operation } from './operations';
import type { Change, Outline, SyntaxDiagnostic } from './outline';
import type { StepRead } from './patch';

/** What is asked of whoever holds the draft. Versions count the changes since it was opened. */
export type Request =
  | { ask: 'open'; version: number; text: string }
  | { ask: 'change'; version: number; changes: Change[] }
  | { ask: 'edit'; id: number; operation: Operation }
  | { ask: 'copy'; id: number; paths: string[] };

export type Answer =
  | { answer: 'outline'; version: number; outline: Outline | null; current: boolean; diagnostics: SyntaxDiagnostic[] }
  /** Steps of the outline before that were read again, in this order: far less to carry over than all of it. */
  | { answer: 'steps'; version: number; steps: StepRead[] }
  | { answer: 'edit'; id: number; version: number; edit: Edit }
  | { answer: 'copy'; id: number; source: string }
  /** What was asked could not be done: a fault. Null: nothing will be answered any more. */
  | { answer: 'failed'; id: number | null; reason: string };

/**
 * Holds a draft and answers for it. Changes that came while it was reading are read together, so that typing never
 * queues up behind reading.
 */
export class DraftDesk {
  private draft: Draft | null = null;
  private version = 0;
  private waiting: Change[][] = [];
  private scheduled = false;

  constructor(
    private readonly open: (text: string) => Draft,
    private readonly say: (answer: Answer) => void,
    private readonly later: (run: () => void) => void,
  ) {}

  take(request: Request): void {
    switch (request.ask) {
      case 'open':
        this.waiting = [];
        this.version = request.version;
        this.draft = this.open(request.text);
        this.sayOutline();
        break;
      case 'change':
        this.waiting.push(request.changes);
        this.version = request.version;
        if (!this.scheduled) this.later(() => this.read());
        this.scheduled = true;
        break;
      case 'edit':
        this.answer(request.id, (draft) => ({
          answer: 'edit',
          id: request.id,
          version: this.version,
          edit: edit(draft, request.operation),
        }));
        break;
      case 'copy':
        this.answer(request.id, (draft) => ({
          answer: 'copy',
          id: request.id,
          source: copied(draft, request.paths),
        }));
        break;
    }
  }

  /** Answers in any case: who asked waits. */
  private answer(id: number, find: (draft: Draft) => Answer): void {
    this.read();
    try {
      if (this.draft == null) throw new Error('No text was opened');
      this.say(find(this.draft));
    } catch (error) {
      this.say({ answer: 'failed', id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private read(): void {
    this.scheduled = false;
    if (this.waiting.length === 0 || this.draft == null) return;
    const sets = this.waiting;
    this.waiting = [];
    const steps = this.draft.change(...sets);
    if (steps == null) this.sayOutline();
    else this.say({ answer: 'steps', version: this.version, steps });
  }

  private sayOutline(): void {
    if (this.draft == null) return;
    const { outline, isCurrent, diagnostics } = this.draft;
    this.say({ answer: 'outline', version: this.version, outline, current: isCurrent, diagnostics });
  }
}
