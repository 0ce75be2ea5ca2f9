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
