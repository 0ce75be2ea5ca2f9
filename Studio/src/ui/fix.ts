import type { Problem } from '../api/problem';

const known = [
  'unreachable',
  'who-are-you',
  'not-allowed',
  'four-eyes',
  'role-missing',
  'not-found',
  'bad-request',
  'too-large',
  'version-conflict',
  'name-taken',
  'unexpected',
] as const;

/** Key of the text that says what to do about a problem. */
export function fixOf(problem: Problem | null): `error.fix.${(typeof known)[number] | 'other'}` {
  const code = problem?.code.endsWith('-not-found') ? 'not-found' : problem?.code;
  const fix = known.find((candidate) => candidate === code);
  return `error.fix.${fix ?? (problem == null ? 'unexpected' : 'other')}`;
}
