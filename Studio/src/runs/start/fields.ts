import type { Schema } from '../../api/client';
import { momentIn } from '../../ui/time';

export type Declared = Schema<'InputResponse'>;

/** How an input is asked for. */
export type Editor = 'text' | 'number' | 'duration' | 'time' | 'switch' | 'choice' | 'list' | 'map' | 'json';

/** What somebody has typed so far, in the shape of its editor. */
export type Draft =
  | { kind: 'text'; text: string }
  /** `exact`: the value it was made of, as long as nobody has typed; it may be finer than the field shows. */
  | { kind: 'time'; local: string; zone: string; exact?: string }
  | { kind: 'switch'; on: boolean }
  /** The JSON text of the chosen value. */
  | { kind: 'choice'; value: string | null }
  | { kind: 'list'; items: { id: number; draft: Draft }[] }
  | { kind: 'map'; entries: MapEntry[] };

export interface MapEntry {
  id: number;
  name: string;
  type: EntryType;
  text: string;
}

export const entryTypes = ['string', 'number', 'boolean', 'json'] as const;
export type EntryType = (typeof entryTypes)[number];

/** Why a draft is no value: a key of the texts, with what goes into it. */
export interface Wrong {
  why:
    | 'missing'
    | 'whole'
    | 'number'
    | 'large'
    | 'below'
    | 'above'
    | 'between'
    | 'duration'
    | 'time'
    | 'json'
    | 'array'
    | 'object'
    | 'nameMissing'
    | 'nameTwice';
  bound?: number;
  least?: number;
  most?: number;
  /** Of a list or a mapping: the place of the item, from 0. */
  item?: number;
}

/** The value of a draft; undefined when it is left to the default. */
export type Read = { value: unknown; wrong?: undefined } | { value?: undefined; wrong: Wrong };

const scalars: Record<string, Editor> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  duration: 'duration',
  time: 'time',
  boolean: 'choice',
};

export function editorOf(input: Pick<Declared, 'type' | 'items' | 'enum' | 'required'>): Editor {
  if (input.enum.length > 0) return 'choice';
  switch (input.type) {
    // Without a default nobody has chosen yet, and a switch cannot say so.
    case 'boolean':
      return input.required ? 'choice' : 'switch';
    case 'array':
      return scalars[input.items ?? ''] == null ? 'json' : 'list';
    case 'object':
      return 'map';
    default:
      return scalars[input.type] ?? 'json';
  }
}

/** The values that a choice offers. */
export const choicesOf = (input: Pick<Declared, 'enum'>): readonly unknown[] =>
  input.enum.length > 0 ? input.enum : [true, false];

/** A list's item as an input of its own. */
export const itemOf = (input: Declared): Declared => ({
  ...input,
  type: input.items ?? 'string',
  items: null,
  enum: [],
  default: undefined,
  required: true,
});

/** A draft before anybody has typed. */
export function emptyDraft(input: Declared, zone: string): Draft {
  switch (editorOf(input)) {
    case 'time':
      return { kind: 'time', local: '', zone };
    case 'switch':
      return { kind: 'switch', on: false };
    case 'choice':
      return { kind: 'choice', value: null };
    case 'list':
      return { kind: 'list', items: [] };
    case 'map':
      return { kind: 'map', entries: [] };
    default:
      return { kind: 'text', text: '' };
  }
}

/** The draft that shows a value; null when the input's editor cannot show it. */
export function draftOf(input: Declared, value: unknown, zone: string): Draft | null {
  switch (editorOf(input)) {
    case 'switch':
      return typeof value === 'boolean' ? { kind: 'switch', on: value } : null;
    case 'choice': {
      const text = JSON.stringify(value);
      return choicesOf(input).some((one) => JSON.stringify(one) === text) ? { kind: 'choice', value: text } : null;
    }
    case 'time':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value))
        ? { kind: 'time', local: localIn(value, zone), zone, exact: value }
        : null;
    case 'list': {
      if (!Array.isArray(value)) return null;
      const item = itemOf(input);
      const items = value.map((one: unknown, id) => ({ id, draft: draftOf(item, one, zone) }));
      return items.every((one): one is { id: number; draft: Draft } => one.draft != null)
        ? { kind: 'list', items }
        : null;
    }
    case 'map':
      return isMapping(value)
        ? { kind: 'map', entries: Object.entries(value).map(([name, one], id) => ({ id, name, ...entryOf(one) })) }
        : null;
    case 'duration':
      if (typeof value === 'number') return { kind: 'text', text: `${value}s` };
      return typeof value === 'string' ? { kind: 'text', text: value } : null;
    case 'number':
      return typeof value === 'number' ? { kind: 'text', text: String(value) } : null;
    case 'text':
      return typeof value === 'string' ? { kind: 'text', text: value } : null;
    case 'json':
      return { kind: 'text', text: JSON.stringify(value) };
  }
}

/** What a form begins with: the default where there is one that can be shown. */
export function startDraft(input: Declared, zone: string): Draft {
  const hidden = input.secret || input.default == null;
  return (hidden ? null : draftOf(input, input.default, zone)) ?? emptyDraft(input, zone);
}

/** Reads what was typed. Only what the server would refuse for certain is wrong here; the rest is the server's to say. */
export function readDraft(input: Declared, draft: Draft): Read {
  switch (draft.kind) {
    case 'switch':
      return { value: draft.on };
    case 'choice':
      return draft.value == null ? absent(input) : { value: JSON.parse(draft.value) as unknown };
    case 'time': {
      if (draft.exact != null) return { value: draft.exact };
      if (draft.local === '') return absent(input);
      const at = momentOf(draft.local, draft.zone);
      return at == null ? { wrong: { why: 'time' } } : { value: withOffset(at, draft.zone) };
    }
    case 'list':
      return readList(input, draft.items);
    case 'map':
      return readMap(draft.entries);
    case 'text':
      return readText(input, draft.text);
  }
}

function readText(input: Declared, text: string): Read {
  const editor = editorOf(input);
  // An empty text is a value, where a default could be left instead; where none can, nothing was typed.
  if (text === '' && editor === 'text' && !input.required && !input.secret) return { value: '' };
  if ((editor === 'text' ? text : text.trim()) === '') return absent(input);
  switch (editor) {
    case 'number':
      return readNumber(input, text.trim());
    case 'duration':
      return isDuration(text.trim()) ? { value: text.trim() } : { wrong: { why: 'duration' } };
    case 'json':
      return readJson(input, text);
    default:
      return { value: text };
  }
}

const absent = (input: Declared): Read => (input.required ? { wrong: { why: 'missing' } } : { value: undefined });

function readNumber(input: Declared, text: string): Read {
  const whole = input.type === 'integer';
  const value = Number(text);
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value))
    return { wrong: { why: whole ? 'whole' : 'number' } };
  if (whole && !Number.isInteger(value)) return { wrong: { why: 'whole' } };
  // Beyond this a browser's numbers lose digits, and another one than was typed would be sent.
  if (whole && !Number.isSafeInteger(value)) return { wrong: { why: 'large', bound: Number.MAX_SAFE_INTEGER } };
  const { minimum: least, maximum: most } = input;
  if ((least != null && value < least) || (most != null && value > most)) {
    if (least != null && most != null) return { wrong: { why: 'between', least, most } };
    return { wrong: least != null ? { why: 'below', bound: least } : { why: 'above', bound: most ?? undefined } };
  }
  return { value };
}

function readJson(input: Declared, text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { wrong: { why: 'json' } };
  }
  if (input.type === 'array' && !Array.isArray(value)) return { wrong: { why: 'array' } };
  if (input.type === 'object' && !isMapping(value)) return { wrong: { why: 'object' } };
  return { value };
}

function readList(input: Declared, items: { draft: Draft }[]): Read {
  const item = itemOf(input);
  // Bounds are of a number that is the input, not of a list's.
  const free = { ...item, minimum: null, maximum: null };
  const values: unknown[] = [];
  for (const [index, { draft }] of items.entries()) {
    const read = readDraft(free, draft);
    if (read.wrong != null) return { wrong: { ...read.wrong, item: index } };
    values.push(read.value);
  }
  return { value: values };
}

function readMap(entries: MapEntry[]): Read {
  const names = new Set<string>();
  const value: [string, unknown][] = [];
  for (const [item, { name, type, text }] of entries.entries()) {
    if (name.trim() === '') return { wrong: { why: 'nameMissing', item } };
    if (names.has(name)) return { wrong: { why: 'nameTwice', item } };
    names.add(name);
    const read = readEntry(type, text);
    if (read.wrong != null) return { wrong: { ...read.wrong, item } };
    value.push([name, read.value]);
  }
  return { value: Object.fromEntries(value) };
}

export function readEntry(type: EntryType, text: string): Read {
  const any = { minimum: null, maximum: null, required: true, type } as Declared;
  if (type === 'string') return { value: text };
  if (type === 'boolean') return { value: text === 'true' };
  if (text.trim() === '') return { wrong: { why: 'missing' } };
  return type === 'number' ? readNumber(any, text.trim()) : readJson(any, text);
}

function entryOf(value: unknown): { type: EntryType; text: string } {
  switch (typeof value) {
    case 'string':
      return { type: 'string', text: value };
    case 'number':
    case 'boolean':
      return { type: typeof value as EntryType, text: String(value) };
    default:
      return { type: 'json', text: JSON.stringify(value) };
  }
}

const unit = /(\d+(?:\.\d+)?)(ms|d|h|m|s)/g;
const units: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const longest = 3_650 * 86_400_000;

/** A duration as the server reads one: numbers with units from the largest down, each once. Null: it is none. */
export function millisecondsOf(text: string): number | null {
  if (!/^(?=\d)(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m(?!s))?(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?$/.test(text))
    return null;
  let sum = 0;
  for (const [, amount, of] of text.matchAll(unit)) sum += Number(amount) * (units[of ?? ''] ?? 0);
  return sum;
}

function isDuration(text: string): boolean {
  const length = millisecondsOf(text);
  return length != null && length <= longest;
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value != null && !Array.isArray(value);

/** The moment of a field of date and time, with or without seconds, in a zone; null: it is none. */
export function momentOf(local: string, zone: string): string | null {
  const [, minutes = '', seconds = '0'] = /^(.{16})(?::(\d{2}(?:\.\d{1,3})?))?$/.exec(local) ?? [];
  const at = momentIn(minutes, zone);
  return at == null ? null : new Date(Date.parse(at) + Number(seconds) * 1_000).toISOString();
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment as a zone's clock shows it, for a field of date and time: 2026-11-12T01:00, with seconds where there are some. */
export function localIn(at: string | number, zone: string): string {
  let format = formats.get(zone);
  if (format == null) {
    // en-CA is the locale whose dates are year, month, day.
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const of = (type: string) => parts.get(type as Intl.DateTimeFormatPartTypes) ?? '';
  const minutes = `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
  return of('second') === '00' ? minutes : `${minutes}:${of('second')}`;
}

/** A moment with the offset of a zone, as runbooks write it: 2026-11-12T01:00:00+08:00. */
export function withOffset(at: string | number, zone: string): string {
  const local = localIn(at, zone);
  const full = local.length === 16 ? `${local}:00` : local;
  const minutes = Math.round((Date.parse(`${full}Z`) - Math.floor(new Date(at).getTime() / 1_000) * 1_000) / 60_000);
  const pad = (value: number) => String(Math.trunc(value)).padStart(2, '0');
  return `${full}${minutes < 0 ? '-' : '+'}${pad(Math.abs(minutes) / 60)}:${pad(Math.abs(minutes) % 60)}`;
}
