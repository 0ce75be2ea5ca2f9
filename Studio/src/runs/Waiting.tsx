import { Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { AccessButton } from '../identity/AccessButton';
import { ApprovalInPlace } from '../approvals/ApprovalInPlace';
import { Moment } from '../ui/Moment';
import { StatusMark } from '../ui/StatusMark';
import { type Asked, ReasonDialog } from './ReasonDialog';
import { SignalDialog } from './SignalDialog';
import classes from './Waiting.module.css';
import { errorSaid, waitSaid } from '../i18n/server';

interface Props {
  detail: Schema<'RunDetail'>;
  openStep: (path: string) => void;
}

const most = 6;

/** An incident with one of these is of the whole run: nothing of it is decided until somebody tries it again or cancels it. */
const holds = new Set(['engine-fault', 'quarantined']);

/** What of a run waits for somebody or something, the most urgent first, with what can be done about it. */
export function Waiting({ detail, openStep }: Props) {
  const { t } = useTranslation('runs');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [signal, setSignal] = useState<string | null>(null);
  const waiting = detail.waiting.filter((step) => step.status !== 'waiting-for-approval');
  const approvals = detail.waiting.filter((step) => step.status === 'waiting-for-approval');
  if (detail.incidents.length + waiting.length + approvals.length === 0) return null;
  return (
    <section aria-label={t('run.waits')} className={classes.list}>
      {detail.incidents.slice(0, most).map(({ path, error }) => (
        <div key={path} className={classes.item} data-tone="fail">
          <StatusMark status="incident" />
          <button type="button" className={classes.path} onClick={() => openStep(path)}>
            {path === '' ? detail.run.runbook : path}
          </button>
          <Text size="sm" className={classes.why}>
            {errorSaid(error)}
          </Text>
          {(path !== '' || holds.has(error.code)) && (
            <Group gap={6} wrap="nowrap">
              <AccessButton
                access="POST /api/runs/{id}/retry"
                size="compact-xs"
                onClick={() => setAsked({ action: 'retry', path })}
              >
                {t('action.retry')}
              </AccessButton>
              {path === '' ? (
                <AccessButton
                  access="POST /api/runs/{id}/cancel"
                  size="compact-xs"
                  variant="default"
                  onClick={() => setAsked({ action: 'cancel' })}
                >
                  {t('action.cancel')}
                </AccessButton>
              ) : (
                <AccessButton
                  access="POST /api/runs/{id}/skip"
                  size="compact-xs"
                  variant="default"
                  onClick={() => setAsked({ action: 'skip', path })}
                >
                  {t('action.skip')}
                </AccessButton>
              )}
            </Group>
          )}
        </div>
      ))}
      {detail.incidents.length > most && (
        <Text size="sm">{t('run.more', { count: detail.incidents.length - most })}</Text>
      )}
      {approvals.map((step) => (
        <ApprovalInPlace key={step.path} run={detail.run.id} path={step.path} />
      ))}
      {waiting.slice(0, most).map((step) => (
        <div key={step.path} className={classes.item}>
          <StatusMark status={step.status} />
          <button type="button" className={classes.path} onClick={() => openStep(step.path)}>
            {step.path}
          </button>
          <Text size="sm" c="dimmed" className={classes.why}>
            {step.status !== 'waiting' && t('run.waitsOn', { whom: waitSaid(step.waitsFor) })}{' '}
            {step.alike > 0 && t('run.alike', { count: step.alike })}{' '}
            {step.due != null && (
              <>
                {t('run.until')} <Moment at={step.due} as="full" /> (<Moment at={step.due} as="relative" />)
              </>
            )}
          </Text>
          {step.signal != null && (
            <AccessButton
              access="POST /api/runs/{id}/signals/{name}"
              size="compact-xs"
              onClick={() => setSignal(step.signal ?? null)}
            >
              {t('signal.send')}…
            </AccessButton>
          )}
        </div>
      ))}
      {waiting.length > most && <Text size="sm">{t('run.more', { count: waiting.length - most })}</Text>}
      <SignalDialog run={detail.run.id} signal={signal} known={[]} close={() => setSignal(null)} />
      <ReasonDialog run={detail.run.id} runbook={detail.run.runbook} asked={asked} close={() => setAsked(null)} />
    </section>
  );
}
