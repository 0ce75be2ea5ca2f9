import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import {
  crosshairCursor,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { styleNonce } from '../../ui/nonce';
import { useDesign } from '../design/useDesign';
import type { Item } from '../model/outline';
import type { PlacedDiagnostic } from '../diagnostics/placed';
import { activitiesQuery, runbooksQuery } from '../queries';
import { completions } from './completions';
import classes from './Editor.module.css';
import { showsLines, showStep, stepHighlight } from './stepLines';
import { theme } from './theme';
import { yaml } from './yaml';

interface Props {
  diagnostics: readonly PlacedDiagnostic[];
  /** Of the text's version that the problems are of. */
  diagnosticsVersion: number;
}

/** The runbook's text. */
export function Editor({ diagnostics, diagnosticsVersion }: Props) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const parent = useRef<HTMLDivElement>(null);
  const { data: activities } = useQuery(activitiesQuery);
  const { data: runbooks } = useQuery(runbooksQuery);
  const label = t('text.label');
  const fixLabel = t('diagnostics.fix');
  const known = useEffectEvent(() => ({
    activities: activities ?? [],
    runbooks: runbooks?.items.map(({ name }) => name) ?? [],
  }));

  useEffect(() => {
    if (parent.current == null) return undefined;
    return design.attach(parent.current, [
      EditorView.cspNonce.of(styleNonce()),
      EditorState.tabSize.of(2),
      indentUnit.of('  '),
      lineNumbers(),
      foldGutter(),
      lintGutter(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      drawSelection(),
      rectangularSelection(),
      crosshairCursor(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      highlightSelectionMatches(),
      search({ top: false }),
      yaml,
      autocompletion({ override: [completions(design, () => known())], activateOnTyping: true }),
      theme,
      stepHighlight,
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      keymap.of([
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...lintKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        indentWithTab,
        ...defaultKeymap,
      ]),
    ]);
  }, [design, label]);

  // What the server said stays where it is while people type, and is replaced when it says more.
  useEffect(() => {
    if (diagnosticsVersion !== design.snapshot().version) return;
    const length = design.editorState.doc.length;
    const marks = diagnostics.map(({ from, to, severity, message, code, fix }): Diagnostic => ({
      from: Math.min(from, length),
      to: Math.min(Math.max(to, from), length),
      severity,
      message,
      source: code,
      actions:
        fix == null ? [] : [{ name: fixLabel, apply: () => design.dispatch({ changes: fix, userEvent: 'input.fix' }) }],
    }));
    design.dispatch(setDiagnostics(design.editorState, marks));
  }, [design, diagnostics, diagnosticsVersion, fixLabel]);

  // Not by drawing: the lines move with the text by themselves, and are set only when they are others.
  useEffect(() => {
    const look = (): void => {
      const { outline, outlineVersion, version } = design.snapshot();
      if (outline == null || outlineVersion !== version) return;
      const item = design.selectedItem();
      const lines = item == null ? null : ownLines(item);
      if (!showsLines(design.editorState, lines)) design.dispatch({ effects: showStep.of(lines) });
    };
    look();
    return design.subscribe(look);
  }, [design]);

  return <div ref={parent} className={classes.editor} data-own-keys />;
}

/** Of a step with steps of its own the lines before them: all of a long one would say nothing. */
function ownLines({ from, to, blocks }: Item): { from: number; to: number } {
  const first = blocks.find(({ items }) => items.length > 0);
  return { from, to: first == null ? to : Math.max(from, first.keyFrom) };
}
