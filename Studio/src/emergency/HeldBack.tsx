import { Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { AccessButton } from '../identity/AccessButton';
import { ReasonForm } from '../schedules/ReasonForm';
import '../schedules/texts';
import { Moment } from '../ui/Moment';
import { sayDone } from '../ui/toasts';
import classes from './Emergency.module.css';
import { type LetGo, useLetGo } from './queries';
import './texts';

type Held = Schema<'HeldBack'>;
type Asked = Omit<LetGo, 'reason'> & { name: string };

/** What an emergency holds back, one by one and all together: released it goes on, dropped it does not. */
export function HeldBack({ held }: { held: Held }) {
  const { t } = useTranslation('emergency');
  const [asked, setAsked] = useState<Asked | null>(null);
  const count = held.runs.length + held.triggers.length;
  if (count === 0) return null;
  const buttons = (name: string, only: { runs?: string[]; triggers?: string[] }, drops = true) => {
    // Which one is in the line already, but for all of them.
    const of = <span className={only.runs == null ? undefined : 'visually-hidden'}> {name}</span>;
    return (
      <Group gap={4} wrap="nowrap">
        <AccessButton
          access="POST /api/emergency/release"
          size="compact-xs"
          variant="light"
          disabled={held.running}
          onClick={() => setAsked({ drop: false, name, ...only })}
        >
          {t('held.release')}
          {of}
        </AccessButton>
        {drops && (
          <AccessButton
            access="POST /api/emergency/drop"
            size="compact-xs"
            variant="subtle"
            color="red"
            disabled={held.running}
            onClick={() => setAsked({ drop: true, name, ...only })}
          >
            {t('held.drop')}
            {of}
          </AccessButton>
        )}
      </Group>
    );
  };
  return (
    <section className={classes.held} aria-label={t('held.title', { count })}>
      <div className={classes.heldLine}>
        <b>{t('held.title', { count })}</b>
        {buttons(t('held.all'), {})}
      </div>
      <Text size="xs" c="dimmed">
        {t(held.running ? 'held.running' : 'held.says')}
      </Text>
      <ul>
        {held.runs.map((run) => (
          <li key={run.run} className={classes.heldLine}>
            <span>
              <Link to="/runs/$id" params={{ id: run.run }}>
                {run.runbook}
              </Link>{' '}
              <small>
                {t('held.run', { name: run.startedBy })} <Moment at={run.since} />
              </small>
            </span>
            {buttons(run.runbook, { runs: [run.run], triggers: [] })}
          </li>
        ))}
        {held.triggers.map((trigger) => (
          <li key={trigger.trigger} className={classes.heldLine}>
            <span>
              {trigger.runbook}{' '}
              <small>
                {t('held.trigger')} <Moment at={trigger.since} />
              </small>
            </span>
            {buttons(trigger.runbook, { runs: [], triggers: [trigger.trigger] }, false)}
          </li>
        ))}
      </ul>
      {asked != null && <Asking asked={asked} close={() => setAsked(null)} />}
    </section>
  );
}

function Asking({ asked: { name, ...letGo }, close }: { asked: Asked; close: () => void }) {
  const { t } = useTranslation('emergency');
  const ask = useLetGo();
  const { drop } = letGo;
  return (
    <ReasonForm
      title={t(drop ? 'held.dropTitle' : 'held.releaseTitle', { name })}
      says={t(drop ? 'held.dropSays' : 'held.releaseSays')}
      act={t(drop ? 'held.drop' : 'held.release')}
      danger={drop}
      pending={ask.isPending}
      error={ask.error}
      submit={(reason) =>
        ask.mutate(
          { ...letGo, reason },
          {
            onSuccess: () => {
              sayDone(t(drop ? 'held.dropped' : 'held.released'));
              close();
            },
          },
        )
      }
      close={close}
    />
  );
}
