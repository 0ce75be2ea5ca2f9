/** A part of a JSON schema, as far as it helps to complete an expression. */
export interface Shape {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Shape>;
  items?: Shape;
  enum?: unknown[];
}

export interface Name {
  name: string;
  description: string;
  schema: Shape;
}

export interface Suggestion {
  label: string;
  /** Its type, or what it is, in a word. */
  detail: string;
  info?: string;
}

export interface Completion {
  /** Where the word begins that is completed. */
  from: number;
  suggestions: Suggestion[];
}

const listMembers: Suggestion[] = ['length', 'map', 'filter', 'some', 'every', 'find', 'includes', 'join', 'slice'].map(
  (label) => ({
    label,
    detail: label === 'length' ? 'number' : 'function',
  }),
);

/** What may stand at the end of `before`, the text of an expression up to the cursor. */
export function complete(before: string, names: readonly Name[], globals: readonly string[]): Completion | null {
  const chain = /(?:[A-Za-z_$][\w$]*(?:\[[^\]]*\])*(?:\?\.|\.))*[A-Za-z_$]?[\w$-]*$/.exec(before);
  if (chain == null || insideText(before)) return null;
  const typed = chain[0];
  const word = /[\w$-]*$/.exec(typed)?.[0] ?? '';
  const from = before.length - word.length;
  const parts = typed.slice(0, typed.length - word.length).match(/[A-Za-z_$][\w$-]*|\[[^\]]*\]/g) ?? [];
  if (parts.length === 0) {
    if (/[.\]]$/.test(before.slice(0, from))) return null;
    return {
      from,
      suggestions: [
        ...names.map(({ name, description, schema }) => ({ label: name, detail: typeName(schema), info: description })),
        ...globals.map((label) => ({ label, detail: 'global' })),
      ],
    };
  }
  let shape = names.find(({ name }) => name === parts[0])?.schema;
  for (const part of parts.slice(1)) shape = part.startsWith('[') ? shape?.items : shape?.properties?.[part];
  if (shape == null) return null;
  if (isList(shape)) return { from, suggestions: listMembers };
  const members = Object.entries(shape.properties ?? {}).map(([label, member]) => ({
    label,
    detail: typeName(member),
    info: member.description,
  }));
  return members.length === 0 ? null : { from, suggestions: members };
}

/** The expression around an offset of a text, from behind its `${` to the offset; null: there is none. */
export function expressionBefore(text: string): { from: number; before: string } | null {
  const open = text.lastIndexOf('${');
  if (open < 0 || (open > 0 && text[open - 1] === '$')) return null;
  const before = text.slice(open + 2);
  return before.includes('}') && !balanced(before) ? null : { from: open + 2, before };
}

/** Whether every brace that is closed was opened: `}` ends the expression otherwise. */
function balanced(expression: string): boolean {
  let depth = 0;
  for (const c of expression) {
    if (c === '{') depth++;
    if (c === '}' && --depth < 0) return false;
  }
  return true;
}

function insideText(before: string): boolean {
  let quote = '';
  for (const c of before) {
    if (quote === '' && (c === '"' || c === "'" || c === '`')) quote = c;
    else if (c === quote) quote = '';
  }
  return quote !== '';
}

const isList = ({ type, items }: Shape): boolean =>
  type === 'array' || (Array.isArray(type) && type.includes('array')) || (type == null && items != null);

function typeName({ type, enum: values }: Shape): string {
  if (values != null) return values.map(String).join(' | ').slice(0, 40);
  return Array.isArray(type) ? type.filter((one) => one !== 'null').join(' | ') : (type ?? '');
}
