import type { Schema } from '../../api/client';
import type { ArgumentSchema } from './schema';

/** Types that an input may be declared with. */
export const inputTypes = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'duration', 'time'] as const;

interface Declared {
  type?: unknown;
  items?: unknown;
  enum?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  unit?: unknown;
  default?: unknown;
  description?: unknown;
}

/** The JSON schema of values of a declared input. */
export function typeOfInput({ type, items, enum: values, minimum, maximum }: Declared): ArgumentSchema {
  const schema = ofType(String(type));
  if (schema.type === 'array') return { ...schema, items: items == null ? {} : ofType(String(items)) };
  return {
    ...schema,
    ...(Array.isArray(values) && values.length > 0 ? { enum: values as unknown[] } : {}),
    ...(typeof minimum === 'number' ? { minimum } : {}),
    ...(typeof maximum === 'number' ? { maximum } : {}),
  };
}

/** What the API would say of an input whose text is still being written. */
export function declaredInput(name: string, declared: Declared): Schema<'InputResponse'> {
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    name,
    type: text(declared.type) ?? 'string',
    items: text(declared.items),
    enum: Array.isArray(declared.enum) ? (declared.enum as unknown[]) : [],
    minimum: number(declared.minimum),
    maximum: number(declared.maximum),
    unit: text(declared.unit),
    default: declared.default,
    description: text(declared.description),
    required: declared.default == null,
    secret: false,
  };
}

function ofType(type: string): ArgumentSchema {
  switch (type) {
    case 'duration':
      return { type: 'string', pattern: '^(?=[0-9])' };
    case 'time':
      return { type: 'string' };
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
    case 'array':
    case 'object':
      return { type };
    default:
      return {};
  }
}
