import {
  IconArrowsSplit2,
  IconBolt,
  IconClock,
  IconGitBranch,
  IconHelp,
  IconList,
  IconNotebook,
  IconRefresh,
  IconRepeat,
  IconShieldHalf,
  IconUserQuestion,
  type Icon,
} from '@tabler/icons-react';
import type { Kind } from '../model/kinds';
import type { Tone } from '../../ui/status';

/** How each kind of step looks: an icon and a colour, always with a word beside it. */
export const looks: Record<Kind, { icon: Icon; tone: Tone }> = {
  run: { icon: IconBolt, tone: 'run' },
  approval: { icon: IconUserQuestion, tone: 'approval' },
  wait: { icon: IconClock, tone: 'wait' },
  runbook: { icon: IconNotebook, tone: 'signal' },
  steps: { icon: IconList, tone: 'pending' },
  parallel: { icon: IconArrowsSplit2, tone: 'lock' },
  forEach: { icon: IconRepeat, tone: 'lock' },
  if: { icon: IconGitBranch, tone: 'degrade' },
  repeat: { icon: IconRefresh, tone: 'lock' },
  try: { icon: IconShieldHalf, tone: 'undo' },
  branch: { icon: IconList, tone: 'pending' },
  unknown: { icon: IconHelp, tone: 'fail' },
};
