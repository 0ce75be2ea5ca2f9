import { Problem } from '../../api/problem';
import { errorSaid } from '../../i18n/server';

/** What the server said of a start: what belongs to a field there, and the rest of it. */
export function answered(
  error: unknown,
  names: readonly string[],
): { atFields: Record<string, string>; rest: unknown } {
  if (!(error instanceof Problem) || error.code !== 'bad-inputs') return { atFields: {}, rest: error };
  const atFields: Record<string, string> = {};
  const others = error.diagnostics.filter(({ input, code, message }) => {
    if (input == null || !names.includes(input)) return true;
    // The field's name stands above it already.
    atFields[input] ??= errorSaid({ code, message: message.replace(`input ${input} `, '') });
    return false;
  });
  return { atFields, rest: others.length === 0 ? null : error.with(others) };
}
