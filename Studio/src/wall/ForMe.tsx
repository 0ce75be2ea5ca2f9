import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { kindWord } from '../approvals/kinds';
import '../approvals/texts';
import { useIdentity } from '../identity/identity';
import { openSignIn } from '../ui/signInDialog';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import classes from './Wall.module.css';

/** The decisions of all kinds that wait for the person at this page. */
export function ForMe({ decisions }: { decisions: Schema<'PendingDecision'>[] }) {
  const { t } = useTranslation('night');
  const { t: shell } = useTranslation('shell');
  const person = useIdentity();
  const { t: approvals } = useTranslation('approvals');
  const mine = decisions.filter((one) => one.mine?.may === true);
  return (
    <Card
      flush
      title={t('approvals.title')}
      aside={
        <Link to="/approvals" className={classes.dim}>
          {t('approvals.all')}
        </Link>
      }
    >
      {person == null ? (
        <p className={classes.quiet}>
          {t('approvals.anonymous')}{' '}
          <Button size="compact-xs" variant="light" onClick={openSignIn}>
            {shell('action.signIn')}
          </Button>
        </p>
      ) : (
        mine.length === 0 && (
          <p className={classes.quiet}>
            {decisions.length === 0 ? t('approvals.noneAtAll') : t('approvals.none', { count: decisions.length })}
          </p>
        )
      )}
      <ul className={classes.items}>
        {mine.slice(0, 6).map((one) => (
          <li key={`${one.kind} ${one.id}`} className={classes.item}>
            <span className={classes.line}>
              <strong>{one.approval?.question ?? one.incident?.path ?? one.subject}</strong>
              <Button component={Link} to="/approvals" size="compact-xs">
                {t('approvals.open')}
              </Button>
            </span>
            <span className={classes.dim}>
              {one.kind === 'approval' ? one.subject : `${kindWord(one.kind, approvals)} · ${one.subject}`} ·{' '}
              {one.quorum - one.missing}/{one.quorum}
              {one.deadline != null && (
                <>
                  {' '}
                  · <Moment at={one.deadline} as="relative" />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
