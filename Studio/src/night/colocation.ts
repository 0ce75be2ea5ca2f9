import { useTranslation } from 'react-i18next';
import type { Tone } from '../ui/status';
import './texts';

/** From all batch to the peak. */
export const colocationStates = [
  'offline-only',
  'transitional',
  'stress-test',
  'peak-degrade-lossless',
  'peak-degrade-lossy',
] as const;

/** The colour of each co-location state: the warmer, the more online work has. */
export const stateTone: Record<string, Tone> = {
  'offline-only': 'wait',
  transitional: 'lock',
  'stress-test': 'signal',
  'peak-degrade-lossless': 'degrade',
  'peak-degrade-lossy': 'fail',
};

/**
 * The fleet file calls a cluster the home of online work, which is never shifted: of its nodes "offline only" says no
 * more than that they are lent to nobody, and is shown in those words.
 */
export const isHome = (kind: string | null | undefined, state: string | null | undefined): boolean =>
  kind === 'online' && (state == null || state === 'offline-only');

/** The colour of a state, or of a home's. */
export const toneOf = (state: string | null | undefined, kind?: string | null): Tone =>
  isHome(kind, state) ? 'run' : (stateTone[state ?? ''] ?? 'pending');

/** A co-location state of a cluster of that kind in the reader's language; a word of a newer server as it is. */
export function useStateWord(): (state: string, kind?: string | null) => string {
  const { t } = useTranslation('night');
  return (state, kind) => {
    if (isHome(kind, state)) return t('state.home');
    const known = colocationStates.find((candidate) => candidate === state);
    return known == null ? state : t(`state.${known}`);
  };
}
