import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Design } from '../design/Design';
import { complete, expressionBefore } from '../expressions/complete';
import { scopeAt } from '../expressions/scope';
import type { Activity } from '../queries';
import { itemAt } from '../model/outline';
import { kinds, ownKeys, stepOrder } from '../model/kinds';

interface Known {
  activities: readonly Activity[];
  runbooks: readonly string[];
}

/** Completes expressions with the names in scope, activities, runbooks, arguments and the keys of a step. */
export function completions(
  design: Design,
  known: () => Known,
): (context: CompletionContext) => Promise<CompletionResult | null> {
  return async (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const { outline } = design.snapshot();
    const item = outline == null ? null : itemAt(outline, context.pos);
    const open = expressionBefore(before);
    if (open != null) {
      const part = item?.kind === 'repeat' && /until:/.test(before) ? 'until' : 'step';
      const scope = await scopeAt(design.text, item?.path ?? '', part);
      const found = complete(open.before, scope.names, scope.globals);
      return found == null
        ? null
        : {
            from: line.from + open.from + found.from,
            options: found.suggestions.map(({ label, detail, info }) => ({ label, detail, info })),
          };
    }
    const value = /^[\s-]*(run|runbook):\s*([\w.-]*)$/.exec(before);
    if (value != null) {
      const [, key, word = ''] = value;
      const options =
        key === 'run'
          ? known().activities.map(({ name, title }) => ({ label: name, detail: title }))
          : known().runbooks.map((label) => ({ label }));
      return { from: context.pos - word.length, options };
    }
    const key = /^(\s*(?:- )?)([\w-]*)$/.exec(before);
    if (key == null || item == null || (!context.explicit && key[2] === '')) return null;
    const from = context.pos - (key[2]?.length ?? 0);
    const column = key[1]?.length ?? 0;
    const own = column - (item.dash - context.state.doc.lineAt(item.dash).from);
    if (own === 2) {
      const taken = new Set(Object.keys(item.fields));
      const keys =
        item.kind === 'unknown'
          ? [...new Set([...stepOrder, ...kinds])]
          : ['id', 'title', 'when', 'locks', 'onFailure', 'timeout', ...ownKeys[item.kind]];
      return {
        from,
        options: keys
          .filter((label) => !taken.has(label))
          .map((label) => ({ label, apply: `${label}: `, type: 'property' })),
      };
    }
    if (own === 4 && item.kind === 'run') {
      const activity = known().activities.find(({ name }) => name === item.fields.run);
      const properties = activity?.arguments.properties ?? {};
      return {
        from,
        options: Object.entries(properties).map(([label, { description }]) => ({
          label,
          apply: `${label}: `,
          info: description,
          type: 'property',
        })),
      };
    }
    return null;
  };
}
