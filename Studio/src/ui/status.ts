import {
  IconAlertTriangle,
  IconAntenna,
  IconArrowBackUp,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconClock,
  IconHelp,
  IconLock,
  IconMinus,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconRefresh,
  IconThumbDown,
  IconTrendingDown,
  IconUserQuestion,
  IconX,
  type Icon,
} from '@tabler/icons-react';

/** A colour with a meaning; its values for light and dark stand in shell.css. */
export type Tone =
  'run' | 'done' | 'fail' | 'pause' | 'approval' | 'lock' | 'signal' | 'wait' | 'skip' | 'degrade' | 'undo' | 'pending';

interface Look {
  tone: Tone;
  icon: Icon;
  /** It moves by itself. */
  pulse?: boolean;
}

/** How each state of a run or step looks: never by colour alone. */
const looks = {
  pending: { tone: 'pending', icon: IconCircleDashed },
  running: { tone: 'run', icon: IconPlayerPlay, pulse: true },
  retrying: { tone: 'degrade', icon: IconRefresh },
  'waiting-for-lock': { tone: 'lock', icon: IconLock },
  'waiting-for-approval': { tone: 'approval', icon: IconUserQuestion },
  'waiting-for-signal': { tone: 'signal', icon: IconAntenna },
  waiting: { tone: 'wait', icon: IconClock },
  paused: { tone: 'pause', icon: IconPlayerPause },
  incident: { tone: 'fail', icon: IconAlertTriangle },
  cancelling: { tone: 'skip', icon: IconBan, pulse: true },
  undoing: { tone: 'undo', icon: IconArrowBackUp, pulse: true },
  done: { tone: 'done', icon: IconCheck },
  failed: { tone: 'fail', icon: IconX },
  cancelled: { tone: 'skip', icon: IconBan },
  rejected: { tone: 'fail', icon: IconThumbDown },
  undone: { tone: 'undo', icon: IconArrowBackUp },
  'undo-incomplete': { tone: 'fail', icon: IconAlertTriangle },
  skipped: { tone: 'skip', icon: IconPlayerSkipForward },
  'undo-failed': { tone: 'fail', icon: IconAlertTriangle },
  'not-run': { tone: 'pending', icon: IconMinus },
  degraded: { tone: 'degrade', icon: IconTrendingDown },
  unknown: { tone: 'pending', icon: IconHelp },
} satisfies Record<string, Look>;

export type Status = keyof typeof looks;

/** The state of that word; `unknown` for a word of a newer server. */
export function statusOf(word: string): Status {
  return word in looks ? (word as Status) : 'unknown';
}

export function lookOf(status: Status): Look {
  return looks[status];
}

/** Every state, in the order in which a legend shows them. */
export const statuses = Object.keys(looks) as Status[];
