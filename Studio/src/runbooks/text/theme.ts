import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

// Colours are variables of the stylesheet beside this: light and dark are its business.
const look = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'transparent', color: 'var(--mantine-color-text)' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)', paddingBottom: '40vh' },
  '.cm-gutters': {
    backgroundColor: 'var(--studio-card)',
    color: 'var(--mantine-color-dimmed)',
    border: 'none',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--mantine-color-text) 5%, transparent)',
  },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--mantine-primary-color-filled) 26%, transparent) !important',
  },
  '.cm-step': { backgroundColor: 'color-mix(in srgb, var(--mantine-primary-color-filled) 9%, transparent)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--studio-card)',
    color: 'var(--mantine-color-text)',
    border: '1px solid var(--studio-line)',
    borderRadius: '6px',
    maxWidth: '480px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--mantine-primary-color-filled)',
    color: '#fff',
  },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '0.7' },
  '.cm-diagnostic': { fontFamily: 'var(--mantine-font-family)', fontSize: '12px', padding: '5px 8px' },
  '.cm-diagnosticAction': {
    backgroundColor: 'var(--mantine-primary-color-filled)',
    color: '#fff',
    borderRadius: '4px',
    padding: '2px 8px',
    cursor: 'pointer',
  },
  '.cm-panels': { backgroundColor: 'var(--studio-card)', color: 'var(--mantine-color-text)' },
  '.cm-panels-bottom': { borderTop: '1px solid var(--studio-line)' },
  '.cm-searchMatch': { backgroundColor: 'color-mix(in srgb, var(--tone-pause) 30%, transparent)' },
  '.cm-textfield': {
    backgroundColor: 'var(--mantine-color-body)',
    color: 'inherit',
    border: '1px solid var(--studio-line)',
  },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--mantine-color-body)',
    color: 'inherit',
    border: '1px solid var(--studio-line)',
  },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--tone-run)' },
  { tag: [tags.string, tags.attributeValue], color: 'var(--tone-done)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--tone-approval)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--mantine-color-dimmed)' },
  { tag: tags.invalid, color: 'var(--tone-fail)' },
]);

export const theme = [look, syntaxHighlighting(colours)];
