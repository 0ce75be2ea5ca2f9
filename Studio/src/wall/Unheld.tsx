import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { money } from '../ui/money';
import { Moment } from '../ui/Moment';
import classes from './Wall.module.css';

/** What is away from home although no run holds it: it stays so until somebody does something. Nothing when there is none. */
export function Unheld({ unheld }: { unheld: Schema<'UnheldResponse'> }) {
  const { t } = useTranslation('night');
  if (unheld.lines.length === 0) return null;
  return (
    <Card flush title={t('unheld.title')}>
      <ul className={classes.items}>
        {unheld.lines.map((line) => (
          <li key={`${line.kind} ${line.id}`} className={classes.item}>
            <strong>{line.id}</strong>
          </li>
        ))}
      </ul>
      <p className={classes.quiet}>
        {t('unheld.says', { cost: money(unheld.costPerHour, unheld.currency) })} ·{' '}
        <Link to="/emergency">{t('unheld.to')}</Link>
      </p>
    </Card>
  );
}

/** Triggers due within a day that want what runs hold now: they will wait in the queue. Nothing when there is none. */
export function Due({ due }: { due: Schema<'DueTrigger'>[] }) {
  const { t } = useTranslation('night');
  if (due.length === 0) return null;
  return (
    <Card flush title={t('due.title')}>
      <ul className={classes.items}>
        {due.map((one) => (
          <li key={one.trigger} className={classes.item}>
            <span className={classes.line}>
              <Moment at={one.at} as="full" />
              <span className={classes.dim}>
                <Moment at={one.at} as="relative" />
              </span>
            </span>
            <span className={classes.dim}>
              {t('due.line', {
                runbook: one.runbook,
                resources: one.resources.join(', '),
                holder: one.holderRunbook ?? one.holder ?? '',
              })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
