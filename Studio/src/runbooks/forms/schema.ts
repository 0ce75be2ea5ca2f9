/** JSON schema of an activity's arguments, as the catalogue has it. */
export interface ArgumentSchema {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  properties?: Record<string, ArgumentSchema>;
  required?: string[];
  items?: ArgumentSchema;
  additionalProperties?: boolean | ArgumentSchema;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

/** What kind of field a value gets. */
export type FieldKind =
  | 'text'
  | 'duration'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'choice'
  | 'choices'
  | 'texts'
  | 'list'
  | 'object'
  | 'map'
  | 'any';

export function typesOf({ type }: ArgumentSchema): string[] {
  return (Array.isArray(type) ? type : type == null ? [] : [type]).filter((one) => one !== 'null');
}

export function fieldOf(schema: ArgumentSchema): FieldKind {
  const [type] = typesOf(schema);
  if (schema.enum != null) return 'choice';
  switch (type) {
    case 'string':
      return schema.pattern?.startsWith('^(?=[0-9])') === true ? 'duration' : 'text';
    case 'integer':
    case 'number':
    case 'boolean':
      return type;
    case 'array': {
      const items = schema.items ?? {};
      if (items.enum != null) return 'choices';
      return typesOf(items)[0] === 'string' ? 'texts' : typesOf(items)[0] === 'object' ? 'list' : 'any';
    }
    case 'object':
      return schema.properties != null ? 'object' : typeof schema.additionalProperties === 'object' ? 'map' : 'any';
    default:
      return 'any';
  }
}

/** A value that is one expression, or has one in it. */
export const hasExpression = (value: unknown): value is string =>
  typeof value === 'string' && /(?<!\$)\$\{/.test(value);

/** Whether a field of that kind can show the value; otherwise it is shown as YAML. */
export function fits(kind: FieldKind, value: unknown): boolean {
  if (value == null) return true;
  switch (kind) {
    case 'text':
    case 'duration':
      return typeof value !== 'object';
    case 'integer':
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value !== 'object';
    case 'choices':
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item !== 'object');
    case 'list':
      return Array.isArray(value);
    case 'object':
    case 'map':
      return typeof value === 'object' && !Array.isArray(value);
    case 'any':
      return false;
  }
}

/** What an item of a list begins with: its required members, empty. */
export function blank(schema: ArgumentSchema): unknown {
  switch (fieldOf(schema)) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, blank(schema.properties?.[name] ?? {})]));
    case 'choice':
      return schema.enum?.[0] ?? '';
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    case 'texts':
    case 'choices':
    case 'list':
      return [];
    case 'map':
      return {};
    default:
      return '';
  }
}
