import type { TFunction } from 'i18next';

/** A trading unit's life, in its order. */
export const phases = [
  'planned',
  'provisioning',
  'provisioned',
  'ready',
  'online',
  'draining',
  'releasing',
  'released',
  'failed',
] as const;

export type Phase = (typeof phases)[number];

export const isPhase = (word: string): word is Phase => phases.some((phase) => phase === word);

/** A phase in the reader's language; a word of a newer server as it is. */
export const phaseWord = (word: string, t: TFunction<'night'>): string =>
  isPhase(word) ? t(`units.phase.${word}`) : word;
