import type { Item } from '../model/outline';
import { isMapping } from '../model/render';

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const list = (value: unknown): string =>
  Array.isArray(value) ? value.map(text).filter(Boolean).join(', ') : text(value);
/** An expression without its `${ }`. */
export const bare = (value: unknown): string => text(value).replace(/^\s*\$\{\s*([\s\S]*?)\s*\}\s*$/, '$1');

/** What a step does, in a line of the runbook's own words: the activity, the condition, the roles. */
export function summaryOf({ kind, fields }: Item): string {
  switch (kind) {
    case 'run':
      return text(fields.run);
    case 'runbook':
      return text(fields.runbook);
    case 'approval':
      return isMapping(fields.approval) ? list(fields.approval.roles) : '';
    case 'wait': {
      const wait = isMapping(fields.wait) ? fields.wait : {};
      return 'signal' in wait
        ? `signal ${text(wait.signal)}`
        : 'until' in wait
          ? `until ${bare(wait.until)}`
          : `for ${bare(wait.for)}`;
    }
    case 'forEach':
      return Array.isArray(fields.forEach) ? list(fields.forEach) : bare(fields.forEach);
    case 'if':
      return bare(fields.if);
    case 'repeat': {
      const repeat = isMapping(fields.repeat) ? fields.repeat : {};
      return `≤ ${text(repeat.atMost) || '?'}${'until' in repeat ? ` · ${bare(repeat.until)}` : ''}`;
    }
    default:
      return '';
  }
}

export function titleOf(item: Item): string {
  const title = text(item.fields.title);
  if (title !== '') return title;
  if (item.kind === 'approval' && isMapping(item.fields.approval)) {
    const question = text(item.fields.approval.title);
    if (question !== '') return question;
  }
  return item.id !== '' ? item.id : (item.path.split('/').at(-1) ?? '');
}

/** What else its keys say of a step, each as a mark on its box. */
export type Mark = 'when' | 'retry' | 'undo' | 'irreversible' | 'locks' | 'timeout' | 'onFailure' | 'workers';

export function marksOf({ fields }: Item): Mark[] {
  const marks: Mark[] = ['when', 'locks', 'retry', 'undo', 'timeout', 'onFailure', 'workers'];
  const present = marks.filter((mark) => mark in fields && fields[mark] != null);
  return fields.irreversible === true ? [...present, 'irreversible'] : present;
}
