import {
  IconAlertTriangle,
  IconCheck,
  IconCircleDashed,
  IconKey,
  IconPlayerPause,
  IconPlayerSkipForward,
  IconSnowflake,
  type Icon,
} from '@tabler/icons-react';
import type { Tone } from '../ui/status';

export const outcomes = ['fired', 'overridden', 'skipped', 'blocked', 'paused', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** How each outcome of a fire looks: never by colour alone. */
export const looks: Record<Outcome | 'planned', { tone: Tone; icon: Icon }> = {
  fired: { tone: 'done', icon: IconCheck },
  overridden: { tone: 'approval', icon: IconKey },
  skipped: { tone: 'skip', icon: IconPlayerSkipForward },
  blocked: { tone: 'signal', icon: IconSnowflake },
  paused: { tone: 'pause', icon: IconPlayerPause },
  failed: { tone: 'fail', icon: IconAlertTriangle },
  planned: { tone: 'wait', icon: IconCircleDashed },
};

/** The outcome of that word; one to come that nothing is against is planned. A word of a newer server counts as failed, to be looked at. */
export function outcomeOf(word: string, past: boolean): Outcome | 'planned' {
  const known = outcomes.find((outcome) => outcome === word) ?? 'failed';
  return known === 'fired' && !past ? 'planned' : known;
}
