/** What a step is, by the key that makes it so; `branch` is one of a `parallel`, `unknown` has no such key yet. */
export type Kind =
  | 'run'
  | 'steps'
  | 'parallel'
  | 'forEach'
  | 'if'
  | 'repeat'
  | 'try'
  | 'approval'
  | 'wait'
  | 'runbook'
  | 'branch'
  | 'unknown';

/** A key that holds a list of steps, or of branches. */
export type BlockKey = 'steps' | 'else' | 'try' | 'catch' | 'finally' | 'parallel';

/** The keys that make a step what it is, as the engine's reader has them; `steps` alone makes a sequence. */
const kindKeys = ['run', 'parallel', 'forEach', 'if', 'repeat', 'try', 'approval', 'wait', 'runbook'] as const;

/** Kinds that people choose from, in the order of the menu. */
export const kinds = [
  'run',
  'approval',
  'wait',
  'runbook',
  'steps',
  'parallel',
  'forEach',
  'if',
  'repeat',
  'try',
] as const satisfies Kind[];

export type ChosenKind = (typeof kinds)[number];

/** Kinds whose steps may be put around others. */
export const containers = ['steps', 'parallel', 'forEach', 'if', 'repeat', 'try'] as const satisfies Kind[];

export type Container = (typeof containers)[number];

/** The blocks of each kind, in order; those that may be left out come last. */
export const blocksOf: Record<Kind, readonly BlockKey[]> = {
  run: [],
  steps: ['steps'],
  parallel: ['parallel'],
  forEach: ['steps'],
  if: ['steps', 'else'],
  repeat: ['steps'],
  try: ['try', 'catch', 'finally'],
  approval: [],
  wait: [],
  runbook: [],
  branch: ['steps'],
  unknown: [],
};

/** Keys that belong to one kind only: they go when a step becomes another kind. */
export const ownKeys: Record<Kind, readonly string[]> = {
  run: ['run', 'with', 'workers', 'retry', 'undo', 'irreversible'],
  steps: ['steps'],
  parallel: ['parallel'],
  forEach: ['forEach', 'as', 'atMost', 'steps'],
  if: ['if', 'steps', 'else'],
  repeat: ['repeat', 'steps'],
  try: ['try', 'catch', 'finally'],
  approval: ['approval'],
  wait: ['wait'],
  runbook: ['runbook', 'with'],
  branch: ['steps'],
  unknown: [],
};

/** The order in which the keys of a step are written. */
export const stepOrder = [
  'id',
  'title',
  'when',
  'locks',
  'forEach',
  'as',
  'atMost',
  'if',
  'repeat',
  'approval',
  'wait',
  'runbook',
  'run',
  'with',
  'workers',
  'timeout',
  'retry',
  'undo',
  'irreversible',
  'onFailure',
  'parallel',
  'try',
  'steps',
  'else',
  'catch',
  'finally',
] as const;

/** The order in which the keys at the top are written. */
export const headerOrder = [
  'runbook',
  'description',
  'inputs',
  'triggers',
  'locks',
  'onFailure',
  'lane',
  'preauthorised',
  'steps',
] as const;

export function kindOf(keys: ReadonlySet<string>): Kind {
  return kindKeys.find((key) => keys.has(key)) ?? (keys.has('steps') ? 'steps' : 'unknown');
}
