import { Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { AccessButton } from '../identity/AccessButton';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { sayDone } from '../ui/toasts';
import { Decision } from './Decision';
import { FreezeDialog } from './FreezeDialog';
import { useDecideRemoval } from '../approvals/decisions';
import { freezesQuery, useRemoveFreeze } from './queries';
import { dayName } from './ranges';
import { ReasonForm } from './ReasonForm';
import classes from './Schedule.module.css';

type Freeze = Schema<'FreezeResponse'>;

/** The windows that hold triggers back: whose, when, why; add and remove. */
export function Freezes() {
  const { t } = useTranslation('schedules');
  const { data, error, refetch } = useQuery(freezesQuery);
  const [adding, add] = useDisclosure(false);
  const [removing, setRemoving] = useState<Freeze | null>(null);
  return (
    <Card
      flush
      title={t('freeze.title')}
      aside={
        <AccessButton access="POST /api/schedules/freezes" size="compact-sm" variant="default" onClick={add.open}>
          {t('freeze.add')}
        </AccessButton>
      }
    >
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={2} />}
      {data != null && data.items.length === 0 && <p className={classes.quiet}>{t('freeze.empty')}</p>}
      <ul className={classes.items}>
        {data?.items.map((window) => (
          <li key={window.id}>
            <div className={classes.line}>
              <strong>{window.name}</strong>
              {window.removal == null && (
                <AccessButton
                  access="DELETE /api/schedules/freezes/{id}"
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  onClick={() => setRemoving(window)}
                >
                  {t('freeze.remove')}
                  <span className="visually-hidden"> {window.name}</span>
                </AccessButton>
              )}
            </div>
            <small>
              {t(window.kind === 'block' ? 'freeze.block' : 'freeze.allowOnly')} ·{' '}
              {window.runbooks.length === 0 ? t('freeze.all') : t('freeze.only', { names: window.runbooks.join(', ') })}
            </small>
            {window.ranges.map((range) => (
              <Range key={JSON.stringify(range)} range={range} />
            ))}
            <small>{t('freeze.by', { name: window.createdBy, reason: window.reason })}</small>
            {window.removal != null && <Removal window={window} removal={window.removal} />}
          </li>
        ))}
      </ul>
      <FreezeDialog opened={adding} close={add.close} />
      {removing != null && <Removing window={removing} close={() => setRemoving(null)} />}
    </Card>
  );
}

function Range({ range }: { range: Schema<'FreezeRangeResponse'> }) {
  const { t } = useTranslation('schedules');
  return (
    <Text size="xs">
      {range.kind === 'absolute' ? (
        <>
          <Moment at={range.from} as="full" /> – <Moment at={range.to} as="full" />
        </>
      ) : (
        t('freeze.recurring', {
          days:
            range.days == null || range.days.length === 0
              ? t('freeze.everyDay')
              : range.days.map((day) => dayName(day)).join(', '),
          from: range.from,
          to: range.to,
          zone: range.timeZone ?? '',
        })
      )}
    </Text>
  );
}

/** Somebody asked to remove the window; it counts until somebody else agrees. */
function Removal({ window, removal }: { window: Freeze; removal: Schema<'RemovalResponse'> }) {
  const { t } = useTranslation('schedules');
  const decide = useDecideRemoval();
  return (
    <>
      <small>{t('freeze.removalBy', { name: removal.requestedBy, reason: removal.reason })}</small>
      <Decision
        asked={removal}
        pending={decide.isPending}
        error={decide.error}
        say={(approve, comment) =>
          decide.mutate(
            { id: window.id, approve, comment },
            { onSuccess: () => sayDone(t(approve ? 'freeze.removed' : 'freeze.kept')) },
          )
        }
      />
    </>
  );
}

function Removing({ window, close }: { window: Freeze; close: () => void }) {
  const { t } = useTranslation('schedules');
  const remove = useRemoveFreeze();
  return (
    <ReasonForm
      danger
      title={t('freeze.removeTitle')}
      says={`${window.name}: ${t('freeze.removeSays')}`}
      act={t('freeze.remove')}
      pending={remove.isPending}
      error={remove.error}
      close={close}
      submit={(reason) =>
        remove.mutate(
          { id: window.id, reason },
          {
            onSuccess: () => {
              sayDone(t('freeze.removalAsked'));
              close();
            },
          },
        )
      }
    />
  );
}
