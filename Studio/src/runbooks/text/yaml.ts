import { foldService, indentService, StreamLanguage } from '@codemirror/language';
import { yaml as mode } from '@codemirror/legacy-modes/mode/yaml';
import type { EditorState, Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

/**
 * Colours, folds and indents of YAML by its lines. The grammar of @codemirror/lang-yaml reads everything behind a change
 * again, at every key; this one reads what is in view. What the text means is read elsewhere, by the `yaml` package.
 */
const language = StreamLanguage.define({
  ...mode,
  tokenTable: { atom: tags.propertyName, meta: tags.punctuation, keyword: tags.bool },
});

const depthOf = (line: string): number => line.length - line.trimStart().length;
const isItem = (line: string): boolean => /^\s*-(\s|$)/.test(line);

/** A line with the deeper ones below it; a key also with the list that begins in its own column. */
export function foldBelow(state: EditorState, start: number): { from: number; to: number } | null {
  const head = state.doc.lineAt(start);
  if (head.text.trim() === '' || head.number === state.doc.lines) return null;
  const depth = depthOf(head.text);
  const takesItems = !isItem(head.text) && /:\s*(#.*)?$/.test(head.text);
  let at = head.to;
  let last = head.to;
  for (const line of state.doc.iterLines(head.number + 1)) {
    at += 1 + line.length;
    if (line.trim() === '') continue;
    const own = depthOf(line);
    if (own < depth || (own === depth && !(takesItems && isItem(line)))) break;
    last = at;
  }
  return last === head.to ? null : { from: head.to, to: last };
}

/** Where a line after this one begins: under an item's first key, deeper after a key without a value and in a block of text. */
export function depthAfter(line: string): number {
  const dashes = /^\s*((-\s+)*)/.exec(line)?.[0].length ?? 0;
  const open = /(^|\s|:)[|>][+-]?\d?\s*(#.*)?$/.test(line) || /:\s*(#.*)?$/.test(line);
  return dashes + (open ? 2 : 0);
}

const indent = indentService.of((context, pos) => {
  const before = context.lineAt(pos, -1);
  // Only a line that is being begun: what stands somewhere already stands there on purpose.
  return context.simulatedBreak === pos && before.text.trim() !== ''
    ? depthAfter(before.text.slice(0, pos - before.from))
    : null;
});

export const yaml: Extension = [language, foldService.of((state, from) => foldBelow(state, from)), indent];
