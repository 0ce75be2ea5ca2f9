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
export function mendOf(problem: Problem | null): `error.mend.${(typeof known)[number] | 'other'}` {
  const code = problem?.code.endsWith('-not-found') ? 'not-found' : problem?.code;
  const mend = known.find((candidate) => candidate === code);
  return `error.mend.${mend ?? (problem == null ? 'unexpected' : 'other')}`;
}
