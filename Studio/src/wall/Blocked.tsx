import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { useNight } from '../ui/nightClock';
import { StatusMark } from '../ui/StatusMark';
import { span } from '../ui/time';
import classes from './Wall.module.css';
import { errorSaid, holdersSaid, waitSaid } from '../i18n/server';

const states: Record<string, string> = {
  incident: 'incident',
  approval: 'waiting-for-approval',
  lock: 'waiting-for-lock',
  paused: 'paused',
  signal: 'waiting-for-signal',
};

const most = 12;

/** What does not go on by itself, and on whom it waits, the most urgent first. */
export function Blocked({ blocked }: { blocked: Schema<'BlockedResponse'>[] }) {
  const { t } = useTranslation('night');
  const now = useNight();
  return (
    <Card flush title={t('blocked.title')}>
      {blocked.length === 0 && <p className={classes.quiet}>{t('blocked.none')}</p>}
      <ul className={classes.items}>
        {blocked.slice(0, most).map((one) => (
          <li key={`${one.kind} ${one.run} ${one.path}`} className={classes.item}>
            <span className={classes.line}>
              <StatusMark status={states[one.kind] ?? 'unknown'} />
              <span className={classes.dim}>
                {now != null && t('blocked.since', { span: span(Math.max(0, now - Date.parse(one.since))) })}
              </span>
            </span>
            <Link to="/runs/$id" params={{ id: one.run }} search={{ step: one.path ?? undefined }}>
              {one.runbook}
              {one.path != null && ` · ${one.path}`}
            </Link>
            {one.alike > 0 && <span className={classes.dim}>{t('blocked.alike', { count: one.alike })}</span>}
            <span className={classes.dim}>
              {one.error != null ? errorSaid(one.error) : waitSaid(one.on)}
              {one.holders.length > 0 && `, ${holdersSaid(one.holders)}`}
              {one.deadline != null && (
                <>
                  {' '}
                  · {t('blocked.until')} <Moment at={one.deadline} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {blocked.length > most && <p className={classes.quiet}>{t('blocked.more', { count: blocked.length - most })}</p>}
    </Card>
  );
}
