import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { span } from '../ui/time';
import classes from './ConnectionMark.module.css';
import { live, useConnection } from './live';

/** Says that the connection is lost and since when; and when it is back, what came late. */
export function ConnectionBanner() {
  const { t } = useTranslation('shell');
  const { status, lostAt, retryAt, caughtUp } = useConnection();
  const now = useWall(status === 'lost');
  const seconds = retryAt == null ? 0 : Math.ceil((retryAt - now) / 1_000);
  // A hiccup of a second is not worth a word.
  const lost = status === 'lost' && lostAt != null && now - lostAt > 900;
  return (
    <div className={classes.place} role="status" aria-live="polite">
      {lost && (
        <div className={classes.banner} data-tone="fail">
          <span>
            {t(seconds > 0 ? 'connection.lostSince' : 'connection.lostNow', { ago: span(now - lostAt), seconds })}
          </span>
          <Button size="compact-xs" color="red" variant="light" onClick={() => live.retryNow()}>
            {t('connection.retry')}
          </Button>
        </div>
      )}
      {status === 'healed' && (
        <div className={classes.banner} data-tone="done">
          {t('connection.healed', { count: caughtUp ?? 0 })}
        </div>
      )}
    </div>
  );
}

function useWall(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
