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
