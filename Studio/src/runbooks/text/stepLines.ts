import { type EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view';

/** The lines of the step that is looked at; null: none. */
export const showStep = StateEffect.define<{ from: number; to: number } | null>();

const line = Decoration.line({ class: 'cm-step' });

const stepLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, transaction) {
    let next = lines.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(showStep)) continue;
      const builder = new RangeSetBuilder<Decoration>();
      const { doc } = transaction.state;
      if (effect.value != null) {
        const last = doc.lineAt(Math.min(effect.value.to, doc.length)).number;
        for (let number = doc.lineAt(Math.min(effect.value.from, doc.length)).number; number <= last; number++) {
          const { from } = doc.line(number);
          builder.add(from, from, line);
        }
      }
      next = builder.finish();
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Whether the lines of that stretch are the ones that are shown. */
export function showsLines(state: EditorState, wanted: { from: number; to: number } | null): boolean {
  const lines = state.field(stepLines, false);
  if (lines == null) return true; // there is no editor yet
  if (wanted == null || lines.size === 0) return wanted == null && lines.size === 0;
  const { doc } = state;
  const first = doc.lineAt(Math.min(wanted.from, doc.length));
  const last = doc.lineAt(Math.min(wanted.to, doc.length));
  let [from, to] = [-1, -1];
  lines.between(0, doc.length, (at) => {
    if (from < 0) from = at;
    to = at;
  });
  return from === first.from && to === last.from && lines.size === last.number - first.number + 1;
}

const expression = new MatchDecorator({
  regexp: /(?<!\$)\$\{[^\n]*?\}(?=["'\s,\]}]|$)/g,
  decoration: Decoration.mark({ class: 'cm-expression' }),
});

/** Expressions stand out wherever they are written. */
const expressions = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = expression.createDeco(view);
    }

    update(update: ViewUpdate): void {
      this.decorations = expression.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

export const stepHighlight: Extension = [
  stepLines,
  expressions,
  EditorView.theme({ '.cm-expression, .cm-expression span': { color: 'var(--tone-degrade)' } }),
];
