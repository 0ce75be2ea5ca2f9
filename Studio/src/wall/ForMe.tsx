import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { openSignIn } from '../identity/signInDialog';
import { Card } from '../shell/Card';
import { Moment } from '../shell/Moment';
import classes from './Wall.module.css';

/** The approvals that wait for the person at this page. */
export function ForMe({ approvals }: { approvals: Schema<'ApprovalAnswer'>[] }) {
  const { t } = useTranslation('wall');
  const { t: shell } = useTranslation('shell');
  const person = useIdentity();
  const mine = approvals.filter((approval) => approval.mine?.may === true);
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
            {approvals.length === 0 ? t('approvals.noneAtAll') : t('approvals.none', { count: approvals.length })}
          </p>
        )
      )}
      <ul className={classes.items}>
        {mine.slice(0, 6).map((approval) => (
          <li key={`${approval.run} ${approval.path}`} className={classes.item}>
            <span className={classes.line}>
              <strong>{approval.question}</strong>
              <Button component={Link} to="/approvals" size="compact-xs">
                {t('approvals.open')}
              </Button>
            </span>
            <span className={classes.dim}>
              {approval.runbook} · {approval.quorum - approval.missing}/{approval.quorum}
              {approval.deadline != null && (
                <>
                  {' '}
                  · <Moment at={approval.deadline} as="relative" />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
