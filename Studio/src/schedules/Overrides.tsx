import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import type { Tone } from '../ui/status';
import { sayDone } from '../ui/toasts';
import { Decision } from './Decision';
import { useDecideOverride } from '../approvals/decisions';
import { freezesQuery, overridesQuery } from './queries';
import classes from './Schedule.module.css';

const tones = { requested: 'approval', approved: 'done', rejected: 'fail', expired: 'skip' } satisfies Record<
  string,
  Tone
>;
const statusOf = (word: string) => (word in tones ? (word as keyof typeof tones) : 'expired');

/** Who asked that a trigger may pass a window, and the decision of somebody else. */
export function Overrides() {
  const { t } = useTranslation('schedules');
  const { data, error, refetch } = useQuery(overridesQuery);
  const { data: freezes } = useQuery(freezesQuery);
  const nameOf = (id: string) => freezes?.items.find((window) => window.id === id)?.name ?? id.slice(0, 8);
  return (
    <Card flush title={t('override.title')}>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={2} />}
      {data != null && data.items.length === 0 && <p className={classes.quiet}>{t('override.empty')}</p>}
      <ul className={classes.items}>
        {data?.items.map((one) => (
          <li key={one.id}>
            <div className={classes.line}>
              <strong>{t('override.line', { trigger: one.trigger, freeze: nameOf(one.freeze) })}</strong>
              <span className={classes.pill} data-tone={tones[statusOf(one.status)]}>
                {t(`override.status.${statusOf(one.status)}`)}
              </span>
            </div>
            <small>
              {one.fire != null && (
                <>
                  {t('override.fire')} <Moment at={one.fire} as="full" />,{' '}
                </>
              )}
              {t('override.until')} <Moment at={one.expiresAt} as="full" /> ·{' '}
              {t('override.by', { name: one.requestedBy, reason: one.reason })}
            </small>
            {one.decidedBy != null && (
              <small>
                {t('override.decided', { name: one.decidedBy, role: one.decidedAs ?? '' })}
                {one.comment != null && `: ${one.comment}`}
              </small>
            )}
            <Decide asked={one} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Decide({ asked }: { asked: Schema<'OverrideResponse'> }) {
  const { t } = useTranslation('schedules');
  const decide = useDecideOverride();
  return (
    <Decision
      asked={asked}
      pending={decide.isPending}
      error={decide.error}
      say={(approve, comment) =>
        decide.mutate(
          { id: asked.id, approve, comment },
          { onSuccess: () => sayDone(t(approve ? 'override.approved' : 'override.rejected')) },
        )
      }
    />
  );
}
