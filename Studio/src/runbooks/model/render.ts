import { isScalar, isSeq, parseDocument, Scalar } from 'yaml';

/** How texts are written in YAML: as they are where that reads back the same, in quotes otherwise. */

type Style = Scalar.Type | undefined;

const widest = 100;

/** Mappings that read best on one line. */
const inline = new Set(['retry', 'repeat', 'wait', 'workers', 'onTimeout', 'weights']);

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value != null && !Array.isArray(value);

const isSimple = (value: unknown): boolean => typeof value !== 'object' || value == null;

/** One text, number or truth value; `like` is the style of what it replaces. */
export function renderScalar(value: unknown, inBrackets: boolean, like?: Style): string {
  if (value == null) return 'null';
  if (typeof value !== 'string') return String(value);
  if (like === Scalar.QUOTE_DOUBLE) return JSON.stringify(value);
  // eslint-disable-next-line no-control-regex
  if (like === Scalar.QUOTE_SINGLE && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value))
    return `'${value.replaceAll("'", "''")}'`;
  return readsBack(value, inBrackets) ? value : JSON.stringify(value);
}

function readsBack(value: string, inBrackets: boolean): boolean {
  if (value === '' || /[\n\r]/.test(value)) return false;
  const document = parseDocument(inBrackets ? `[${value}, 0]` : `k: ${value}`, { version: '1.2' });
  if (document.errors.length > 0 || document.warnings.length > 0) return false;
  const node = inBrackets && isSeq(document.contents) ? document.contents.items[0] : document.get('k', true);
  const two = !inBrackets || (isSeq(document.contents) && document.contents.items.length === 2);
  return two && isScalar(node) && node.type === 'PLAIN' && node.value === value && node.comment == null;
}

/** A key; in quotes only where it must be. */
export const renderKey = (key: string, inBrackets = false): string => renderScalar(key, inBrackets);

/** Any value on one line. */
export function renderInline(value: unknown, like?: Style): string {
  if (Array.isArray(value)) return `[${value.map((item) => renderInline(item)).join(', ')}]`;
  if (isMapping(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${renderKey(key, true)}: ${renderInline(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return renderScalar(value, true, like);
}

/**
 * What stands behind `key:`, with the space or line break before it; lines after the first stand at `column` or deeper,
 * where `column` is the key's own.
 */
export function renderAfterKey(key: string, value: unknown, column: number, like?: Style): string {
  if (isSimple(value)) return afterIndicator(value, column, like);
  const line = renderInline(value);
  if (Array.isArray(value)) {
    const short = value.every(isSimple) && column + key.length + line.length < widest;
    return short ? ` ${line}` : `\n${renderItems(value, column + 2)}`;
  }
  const entries = Object.entries(value as Record<string, unknown>);
  const short = inline.has(key) && entries.every(([, item]) => isSimple(item) || Array.isArray(item));
  if (entries.length === 0 || (short && column + key.length + line.length < widest)) return ` ${line}`;
  return `\n${renderEntries(entries, column + 2)}`;
}

/** Behind `key:` or `-`: a text of several lines becomes a literal one. */
function afterIndicator(value: unknown, column: number, like?: Style): string {
  if (typeof value !== 'string' || !value.includes('\n') || like === Scalar.QUOTE_DOUBLE)
    return ` ${renderScalar(value, false, like)}`;
  const lines = value.split('\n');
  const first = lines.find((line) => line !== '') ?? '';
  // A literal text cannot begin with a space, nor hold what is not printable.
  // eslint-disable-next-line no-control-regex
  if (/^[ \t]/.test(first) || /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff]/.test(value) || first === '')
    return ` ${JSON.stringify(value)}`;
  const chomping = !value.endsWith('\n') ? '-' : value.endsWith('\n\n') ? '+' : '';
  const body = (value.endsWith('\n') ? lines.slice(0, -1) : lines).map((line) =>
    line === '' ? '' : ' '.repeat(column + 2) + line,
  );
  return ` |${chomping}\n${body.join('\n')}`;
}

export function renderEntries(entries: [string, unknown][], column: number): string {
  const margin = ' '.repeat(column);
  return entries.map(([key, value]) => `${margin}${renderKey(key)}:${renderAfterKey(key, value, column)}`).join('\n');
}

export function renderItems(items: unknown[], column: number): string {
  return items.map((item) => renderItem(item, column)).join('\n');
}

/** One item of a list with its dash, every line at `column` or deeper. */
export function renderItem(item: unknown, column: number): string {
  const margin = ' '.repeat(column);
  if (isMapping(item) && Object.keys(item).length > 0) {
    return `${margin}- ${renderEntries(Object.entries(item), column + 2).slice(column + 2)}`;
  }
  if (Array.isArray(item)) return `${margin}- ${renderInline(item)}`;
  return `${margin}-${isMapping(item) ? ' {}' : afterIndicator(item, column)}`;
}
