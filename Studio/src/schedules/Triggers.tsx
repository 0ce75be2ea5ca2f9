import { Button, Text } from '@mantine/core';
import { IconCalendarTime, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { AccessButton } from '../identity/AccessButton';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import list from '../ui/List.module.css';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { sayDone } from '../ui/toasts';
import { useRows } from '../ui/useRows';
import { FireMark } from './FireMark';
import { triggersQuery, useHold } from './queries';
import { ReasonForm } from './ReasonForm';
import classes from './Schedule.module.css';

type Trigger = Schema<'ScheduleResponse'>;

/** The triggers with their next and last fires; each can be paused and resumed, with a reason. */
export function Triggers() {
  const { t } = useTranslation('schedules');
  const { data, error, refetch } = useQuery(triggersQuery);
  const [held, setHeld] = useState<Trigger | null>(null);
  const triggers = data?.items ?? [];
  const { rowProps } = useRows(triggers.length);
  return (
    <Card flush title={t('trigger.title')}>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={3} />}
      {data != null && triggers.length === 0 && (
        <Empty
          icon={IconCalendarTime}
          title={t('trigger.emptyTitle')}
          action={
            <Button size="xs" variant="default" renderRoot={(props) => <Link to="/runbooks" {...props} />}>
              {t('trigger.runbooks')}
            </Button>
          }
        >
          {t('trigger.empty')}
        </Empty>
      )}
      {triggers.length > 0 && (
        <table className={list.table}>
          <thead>
            <tr>
              <th>{t('trigger.runbook')}</th>
              <th>{t('trigger.next')}</th>
              <th>{t('trigger.last')}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {triggers.map((trigger, index) => (
              <tr key={trigger.id} {...rowProps(index)}>
                <td>
                  <strong>{trigger.runbook}</strong> <code>{trigger.cron}</code>{' '}
                  <span className={list.dim}>{trigger.timeZone}</span>
                  {trigger.paused != null && (
                    <Text size="xs" data-tone="pause" className={classes.said}>
                      {t('trigger.pausedBy', { name: trigger.paused.by, reason: trigger.paused.reason })}
                    </Text>
                  )}
                  {trigger.error != null && (
                    <Text size="xs" data-tone="fail" className={classes.said}>
                      {trigger.error}
                    </Text>
                  )}
                </td>
                <td>
                  {trigger.next[0] == null ? (
                    <span className={list.dim}>{t('trigger.none')}</span>
                  ) : (
                    <>
                      <Moment at={trigger.next[0].at} as="full" />{' '}
                      <FireMark outcome={trigger.next[0].expected} past={false} />
                    </>
                  )}
                </td>
                <td data-wide>
                  {trigger.last[0] == null ? (
                    <span className={list.dim}>{t('trigger.never')}</span>
                  ) : (
                    <>
                      <Moment at={trigger.last[0].scheduled} as="full" />{' '}
                      <FireMark outcome={trigger.last[0].outcome} past />
                    </>
                  )}
                </td>
                <td className={list.end}>
                  <AccessButton
                    access={`POST /api/schedules/{id}/${trigger.paused == null ? 'pause' : 'resume'}`}
                    size="compact-xs"
                    variant="default"
                    leftSection={
                      trigger.paused == null ? (
                        <IconPlayerPause size={13} aria-hidden />
                      ) : (
                        <IconPlayerPlay size={13} aria-hidden />
                      )
                    }
                    onClick={() => setHeld(trigger)}
                  >
                    {t(trigger.paused == null ? 'trigger.pause' : 'trigger.resume')}
                  </AccessButton>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {held != null && <Holding trigger={held} close={() => setHeld(null)} />}
    </Card>
  );
}

function Holding({ trigger, close }: { trigger: Trigger; close: () => void }) {
  const { t } = useTranslation('schedules');
  const hold = useHold();
  const resume = trigger.paused != null;
  return (
    <ReasonForm
      title={t(resume ? 'trigger.resumeTitle' : 'trigger.pauseTitle')}
      says={`${trigger.id}: ${t(resume ? 'trigger.resumeSays' : 'trigger.pauseSays')}`}
      act={t(resume ? 'trigger.resume' : 'trigger.pause')}
      pending={hold.isPending}
      error={hold.error}
      close={close}
      submit={(reason) =>
        hold.mutate(
          { id: trigger.id, resume, reason },
          {
            onSuccess: () => {
              sayDone(t(resume ? 'trigger.doneResumed' : 'trigger.donePaused'));
              close();
            },
          },
        )
      }
    />
  );
}
