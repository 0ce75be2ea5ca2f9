import { useTranslation } from 'react-i18next';
import type { Tone } from '../shell/status';
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

/** A co-location state in the reader's language; a word of a newer server as it is. */
export function useStateWord(): (state: string) => string {
  const { t } = useTranslation('wall');
  return (state) => {
    const known = colocationStates.find((candidate) => candidate === state);
    return known == null ? state : t(`state.${known}`);
  };
}
