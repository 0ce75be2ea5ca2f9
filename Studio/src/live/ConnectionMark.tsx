import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Tone } from '../ui/status';
import classes from './ConnectionMark.module.css';
import { useConnection } from './live';

const tones: Record<string, Tone> = { connecting: 'wait', open: 'done', healed: 'done', lost: 'fail', paused: 'pause' };

/** Whether what the page shows is of now. */
export function ConnectionMark() {
  const { t } = useTranslation('shell');
  const { status } = useConnection();
  const word = status === 'healed' ? 'open' : status;
  return (
    <Tooltip label={t(`connection.${word}`)} hiddenFrom="sm">
      <span className={classes.mark} data-tone={tones[status]} role="status">
        <span className={classes.dot} aria-hidden />
        <span className={classes.word}>{t(`connection.${word}`)}</span>
      </span>
    </Tooltip>
  );
}
