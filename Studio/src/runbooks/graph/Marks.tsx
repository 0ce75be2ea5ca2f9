import {
  IconArrowBackUp,
  IconClockPause,
  IconFilter,
  IconLock,
  IconRotate,
  IconServer,
  IconShieldX,
  IconTrendingDown,
  type Icon,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Item } from '../model/outline';
import classes from './Graph.module.css';
import { type Mark, marksOf } from './summary';

const icons: Record<Mark, Icon> = {
  when: IconFilter,
  retry: IconRotate,
  undo: IconArrowBackUp,
  irreversible: IconShieldX,
  locks: IconLock,
  timeout: IconClockPause,
  onFailure: IconTrendingDown,
  workers: IconServer,
};

/** What else a step says: a condition, a retry, an undo. */
export function Marks({ item }: { item: Item }) {
  const { t } = useTranslation('runbooks');
  const marks = marksOf(item);
  if (marks.length === 0) return null;
  return (
    <span className={classes.marks}>
      {marks.map((mark) => {
        const Icon = icons[mark];
        return (
          <span key={mark} title={t(`mark.${mark}`)} data-mark={mark}>
            <Icon size={12} stroke={2} aria-hidden />
          </span>
        );
      })}
    </span>
  );
}
