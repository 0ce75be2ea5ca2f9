import { history, isolateHistory, redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import type { Text, Transaction } from '@codemirror/state';
import { ChangeSet, Compartment, EditorSelection, EditorState, type TransactionSpec } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { Operation } from '../model/operations';
import { findPosition, itemAt, type Item, type Outline, type SyntaxDiagnostic } from '../model/outline';
import { type DraftPort, type OutlineAnswer, RemoteDraft } from '../model/remoteDraft';
import { type Items, itemsByPath, reconcile, sameShape } from './reconcile';

/** What the parts of the designer show. */
export interface DesignState {
  /** Of the text: counts its changes. */
  version: number;
  /** The last outline that could be read, and of which version. */
  outline: Outline | null;
  outlineVersion: number;
  /** Its items by address. */
  items: Items;
  /** An outline with these steps in this order, the first that had them: another one only when steps come, go or move. */
  shape: Outline | null;
  /** Why the text as it is cannot be read; empty: it can. */
  syntax: SyntaxDiagnostic[];
  /** The step that is looked at; null: the runbook itself. */
  selected: string | null;
  canUndo: boolean;
  canRedo: boolean;
}

type Source = 'graph' | 'text';

/** What to do to the steps as they are then; null: nothing. */
export type Decide = (outline: Outline, selected: string | null) => Operation | null;

/** How long is waited for what was asked for and is not in the text yet, in milliseconds. */
const patience = 3_000;

/** One and the same, so that nothing is drawn again only because there is still nothing to say. */
const readable: SyntaxDiagnostic[] = [];

/**
 * One runbook being designed: its text with undo and redo, the outline that follows it at every change, and the step
 * that is looked at. Whatever edits, edits the text.
 */
export class Design {
  private readonly draft: RemoteDraft;
  private readonly listeners = new Set<() => void>();
  private readonly extras = new Compartment();
  private queue: Promise<unknown> = Promise.resolve();
  private editor: EditorState;
  private view: EditorView | null = null;
  private state: DesignState;
  /** The text of a document, which many ask for between two keys. */
  private read: { doc: Text; text: string } | null = null;
  /** An offset in the text of a version whose step is to be selected as soon as its outline is there. */
  private wanted: { offset: number; version: number; reveal: boolean } | null = null;

  /** The version that was last read, well or in vain. */
  private answered = 0;
  private closed = false;
  /** Those who wait for the first outline. */
  private readonly waiting: ((outline: Outline) => void)[] = [];

  /**
   * Begins with a step looked at, if the text has it.
   * @param onFault Told what could not be done, and not through any fault of the person's.
   */
  constructor(
    port: DraftPort,
    text: string,
    selected: string | null = null,
    private readonly onFault: (error: unknown) => void = () => undefined,
  ) {
    this.editor = EditorState.create({ doc: text, extensions: [history(), this.extras.of([])] });
    this.draft = new RemoteDraft(port, (answer) => this.takeOutline(answer));
    const version = this.draft.open(this.text);
    this.state = {
      version,
      outline: null,
      outlineVersion: 0,
      items: new Map(),
      shape: null,
      syntax: readable,
      selected,
      canUndo: false,
      canRedo: false,
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): DesignState => this.state;

  /** With line feeds, whatever the file has. */
  get text(): string {
    const { doc } = this.editor;
    if (this.read?.doc !== doc) this.read = { doc, text: doc.toString() };
    return this.read.text;
  }

  get editorState(): EditorState {
    return this.editor;
  }

  get outlineIsCurrent(): boolean {
    return this.state.outlineVersion === this.state.version && this.state.syntax.length === 0;
  }

  /** The outline, as soon as the text could be read for the first time: what is asked for right after opening is not lost. */
  whenRead(): Promise<Outline> {
    const { outline } = this.state;
    return outline != null ? Promise.resolve(outline) : new Promise((resolve) => this.waiting.push(resolve));
  }

  selectedItem(): Item | null {
    const { outline, selected } = this.state;
    return outline == null || selected == null ? null : (findPosition(outline, selected)?.item ?? null);
  }

  /** Shows the text in a view; returns what takes it away again. */
  attach(parent: HTMLElement, extensions: Parameters<Compartment['reconfigure']>[0]): () => void {
    this.apply([this.editor.update({ effects: this.extras.reconfigure(extensions) })]);
    const view = new EditorView({
      state: this.editor,
      parent,
      dispatchTransactions: (all) => this.apply(all),
      scrollTo: EditorView.scrollIntoView(this.editor.selection.main.head, { y: 'nearest', yMargin: 80, xMargin: 60 }),
    });
    this.view = view;
    return () => {
      view.destroy();
      if (this.view === view) this.view = null;
    };
  }

  dispatch(...specs: TransactionSpec[]): void {
    this.apply([this.editor.update(...specs)]);
  }

  /**
   * Does an operation as soon as what was typed before is read; false: it changed nothing. One that is decided on only
   * when its turn comes sees what those before it left: keys that are pressed quickly one after the other all count.
   */
  perform(operation: Operation | Decide): Promise<boolean> {
    const next = this.queue
      .then(() => (typeof operation === 'function' ? this.decide(operation) : this.performNow(operation)))
      .catch((error: unknown) => {
        this.onFault(error);
        return false;
      });
    this.queue = next;
    return next;
  }

  /** Waits until all that was asked for is in the text; not for ever, for what the page shows is what counts. */
  async settled(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, patience)));
    await Promise.race([this.queue, late]);
    clearTimeout(timer);
  }

  /** The sources of steps, for the clipboard. */
  copy(paths: string[]): Promise<string> {
    return this.draft.copy(paths);
  }

  undo(): void {
    undo({ state: this.editor, dispatch: (transaction) => this.apply([transaction]) });
  }

  redo(): void {
    redo({ state: this.editor, dispatch: (transaction) => this.apply([transaction]) });
  }

  /** Replaces the whole text, as one step that can be undone. */
  replaceText(text: string): void {
    this.dispatch({
      changes: { from: 0, to: this.editor.doc.length, insert: text },
      annotations: isolateHistory.of('full'),
    });
  }

  /** Looks at a step, or at the runbook itself; the text follows. */
  select(path: string | null, from: Source = 'graph'): void {
    this.wanted = null;
    if (path !== this.state.selected) this.set({ selected: path });
    const item = this.selectedItem();
    if (from === 'text' || item == null) return;
    const head = Math.min(item.dash + (item.inBrackets ? 0 : 2), this.editor.doc.length);
    this.dispatch({
      selection: EditorSelection.cursor(head),
      effects: EditorView.scrollIntoView(head, { y: 'nearest', yMargin: 80, xMargin: 60 }),
    });
  }

  /** Puts the cursor at a place of the text, and looks at the step there. */
  reveal(offset: number): void {
    const at = Math.min(offset, this.editor.doc.length);
    this.dispatch({ selection: EditorSelection.cursor(at), effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    this.want(at, false);
  }

  focusText(): void {
    this.view?.focus();
  }

  close(): void {
    this.closed = true;
    this.draft.close();
  }

  private async decide(decide: Decide): Promise<boolean> {
    await this.whenCurrent();
    const { outline, selected } = this.state;
    const operation = outline == null || !this.outlineIsCurrent ? null : decide(outline, selected);
    return operation != null && this.performNow(operation);
  }

  /** Waits until the text as it is was read, or could not be. */
  private whenCurrent(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.answered < this.state.version) return;
        this.listeners.delete(look);
        resolve();
      };
      this.listeners.add(look);
      look();
    });
  }

  private async performNow(operation: Operation): Promise<boolean> {
    while (!this.closed) {
      const { version, edit } = await this.draft.edit(operation);
      // Something was typed meanwhile: the edit is for another text.
      if (version !== this.state.version) continue;
      if (edit.changes.length === 0) return false;
      let changes = ChangeSet.empty(this.editor.doc.length);
      for (const set of edit.changes) changes = changes.compose(ChangeSet.of(set, changes.newLength));
      const typing = operation.do === 'set';
      this.apply([
        this.editor.update({
          changes,
          annotations: typing ? [] : [isolateHistory.of('full')],
          userEvent: typing ? `input.type.field` : `design.${operation.do}`,
        }),
      ]);
      if (edit.select != null && !typing) this.want(edit.select, true);
      return true;
    }
    return false;
  }

  private apply(transactions: readonly Transaction[]): void {
    if (this.view != null) this.view.update(transactions);
    const last = transactions.at(-1);
    if (last == null) return;
    this.editor = last.state;
    let { version } = this.state;
    for (const { docChanged, changes } of transactions) {
      if (!docChanged) continue;
      const all: { from: number; to: number; insert: string }[] = [];
      changes.iterChanges((from, to, _, __, insert) => all.push({ from, to, insert: insert.toString() }), true);
      version = this.draft.change(all);
    }
    const typed = transactions.some(
      (transaction) =>
        transaction.isUserEvent('select') || transaction.isUserEvent('input') || transaction.isUserEvent('delete'),
    );
    if (version !== this.state.version) {
      this.set({ version, canUndo: undoDepth(this.editor) > 0, canRedo: redoDepth(this.editor) > 0 });
    }
    const inText = transactions.some((transaction) => transaction.isUserEvent('input.type.field'));
    if (typed && !inText) this.want(this.editor.selection.main.head, false);
  }

  private want(offset: number, reveal: boolean): void {
    this.wanted = { offset, version: this.state.version, reveal };
    this.settle();
  }

  private settle(): void {
    const { wanted } = this;
    const { outline, outlineVersion, syntax } = this.state;
    if (wanted == null || outline == null || outlineVersion < wanted.version || syntax.length > 0) return;
    this.wanted = null;
    this.select(itemAt(outline, wanted.offset)?.path ?? null, wanted.reveal ? 'graph' : 'text');
  }

  private takeOutline({ version, outline, current, diagnostics }: OutlineAnswer): void {
    if (version < this.answered) return;
    this.answered = version;
    if (!current || outline == null) return this.set({ syntax: diagnostics });
    const { outline: before, items, shape } = this.state;
    reconcile(before, items, outline);
    this.set({
      outline,
      outlineVersion: version,
      items: itemsByPath(outline),
      shape: shape != null && sameShape(shape.steps, outline.steps) ? shape : outline,
      syntax: readable,
      selected: this.stillThere(before, outline),
    });
    if (before == null) {
      if (this.state.selected != null && this.wanted == null) this.select(this.state.selected);
      for (const resolve of this.waiting.splice(0)) resolve(outline);
    }
    this.settle();
  }

  /** The selected step after a change: under its address, or where it stood when its id was changed. */
  private stillThere(before: Outline | null, next: Outline | null): string | null {
    const { selected } = this.state;
    if (selected == null || next == null || findPosition(next, selected) != null) return selected;
    if (before == null) return null;
    const old = findPosition(before, selected);
    if (old == null) return null;
    const place = { owner: old.owner?.path ?? '', key: old.block.key, index: old.index };
    const owner = place.owner === '' ? null : findPosition(next, place.owner)?.item;
    const block = owner === null ? next.steps : owner?.blocks.find(({ key }) => key === place.key);
    return (block?.items[place.index] ?? block?.items.at(-1))?.path ?? owner?.path ?? null;
  }

  private set(change: Partial<DesignState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
