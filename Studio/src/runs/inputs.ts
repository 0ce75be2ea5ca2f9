import type { Schema } from '../api/client';

type Input = Schema<'InputAnswer'>;

/** What a person typed for an input as the JSON that the API wants; undefined for an empty one, `wrong` for what is no such value. */
export function readInput(input: Input, typed: string): { value?: unknown; wrong?: true } {
  if (typed.trim() === '') return {};
  switch (input.type) {
    case 'string':
    case 'time':
    case 'duration':
      return { value: typed };
    default:
      try {
        return { value: JSON.parse(typed) as unknown };
      } catch {
        // A list of words may be written without quotes.
        return input.type === 'array' && !/[[\]{}"]/.test(typed)
          ? { value: typed.split(/[\s,]+/).filter(Boolean) }
          : { wrong: true };
      }
  }
}

/** A value as a person would type it. */
export function showInput(value: unknown): string {
  return typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value);
}
