import { type KeyboardEvent, useRef } from 'react';
import type { Decide, Design } from './Design';
import { moveFor, placeAfter } from './stepKeys';
import { rowsOf } from './StepTree';

const remove: Decide = (_, selected) => (selected == null ? null : { do: 'remove', paths: [selected] });

interface Actions {
  folded: ReadonlySet<string>;
  fold: (path: string, folded: boolean) => void;
  openPicker: () => void;
  editForm: () => void;
}

export interface StepKeys {
  onKeyDown: (event: KeyboardEvent) => void;
  paste: (text: string) => void;
}

/** What keys do to the steps, whether the graph or the list of steps is looked at. */
export function useStepKeys(design: Design, { folded, fold, openPicker, editForm }: Actions): StepKeys {
  // Where the browser gives no clipboard, copying within the page works all the same.
  const clipboard = useRef('');

  const copy = async (path: string): Promise<void> => {
    clipboard.current = await design.copy([path]);
    await navigator.clipboard?.writeText(clipboard.current).catch(() => undefined);
  };
  const paste = (text: string): void => {
    const source = text.trim() === '' ? clipboard.current : text;
    if (source === '') return;
    void design.perform((outline, selected) => ({ do: 'insert', ...placeAfter(outline, selected), source }));
  };

  const walk = (event: KeyboardEvent): boolean => {
    const { outline, selected } = design.snapshot();
    if (outline == null) return false;
    const rows = rowsOf(outline.steps, folded);
    const at = rows.findIndex(({ item }) => item.path === selected);
    const go = (index: number): void => {
      const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
      if (row != null) design.select(row.item.path);
    };
    const row = rows[at];
    switch (event.key) {
      case 'ArrowDown':
        go(at + 1);
        return true;
      case 'ArrowUp':
        go(at < 0 ? 0 : at - 1);
        return true;
      case 'Home':
        go(0);
        return true;
      case 'End':
        go(rows.length - 1);
        return true;
      case 'ArrowRight':
        if (row?.hasSteps !== true) return true;
        if (folded.has(row.item.path)) fold(row.item.path, false);
        else go(at + 1);
        return true;
      case 'ArrowLeft': {
        if (row == null) return true;
        if (row.hasSteps && !folded.has(row.item.path) && event.shiftKey) fold(row.item.path, true);
        else go(rows.findLastIndex(({ level }, index) => index < at && level < row.level));
        return true;
      }
      case 'Escape':
        design.select(null);
        return true;
      default:
        return false;
    }
  };

  const act = (event: KeyboardEvent): boolean => {
    const { selected } = design.snapshot();
    const mod = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (mod && key === 'z') {
      if (event.shiftKey) design.redo();
      else design.undo();
      return true;
    }
    if (mod && key === 'y') {
      design.redo();
      return true;
    }
    if (!mod && key === '/') {
      openPicker();
      return true;
    }
    if (!mod && event.key === 'Enter') {
      editForm();
      return true;
    }
    if (event.altKey && event.key.startsWith('Arrow')) {
      void design.perform((outline, path) => (path == null ? null : moveFor(outline, path, event.key)));
      return true;
    }
    if (event.key === 'Delete' || event.key === 'Backspace') {
      void design.perform(remove);
      return true;
    }
    if (!mod) return false;
    switch (key) {
      case 'c':
        if (selected != null) void copy(selected);
        return true;
      case 'x':
        if (selected != null) void copy(selected).then(() => design.perform({ do: 'remove', paths: [selected] }));
        return true;
      case 'd':
        void design.perform((_, path) => (path == null ? null : { do: 'duplicate', path }));
        return true;
      default:
        return false;
    }
  };

  return {
    onKeyDown: (event) => {
      if (event.target !== event.currentTarget) return;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (act(event) || (plain && walk(event))) event.preventDefault();
    },
    paste,
  };
}
