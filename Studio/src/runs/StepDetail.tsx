import { ActionIcon, Button, CopyButton, Group, Text, Tooltip } from '@mantine/core';
import { IconLink, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import type { RunEvent } from '../live/connection';
import { AccessButton } from '../identity/AccessButton';
import { JsonView } from '../ui/JsonView';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { StatusMark } from '../ui/StatusMark';
import { Attempts } from './Attempts';
import { useZone } from '../ui/time';
import { eventDetail } from './eventTexts';
import { Fact } from './Fact';
import { LoopDetail } from './LoopDetail';
import { stepQuery } from './queries';
import { type Asked, ReasonDialog } from './ReasonDialog';
import { nameOf } from './RunStore';
import { SignalDialog } from './SignalDialog';
import classes from './StepDetail.module.css';
import { Took } from './Took';
import { useEnded, useRunStore, useStep } from './useRunStore';
import { errorSaid, eventName, waitSaid } from '../i18n/server';

interface Props {
  run: Schema<'RunResponse'>;
  path: string;
  select: (path: string | null) => void;
}

/** One step in full, beside the run: inputs, output, attempts, the way back, and its log. */
export function StepDetail({ run, path, select }: Props) {
  const { t } = useTranslation('runs');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [signal, setSignal] = useState<string | null>(null);
  const store = useRunStore();
  const step = useStep(path);
  const { data, error } = useQuery(stepQuery(run.id, path, `${step?.status} ${step?.attempts}`));
  const loop =
    store.childrenOf(path).length > 0 && (step?.items != null || data?.kind === 'forEach' || data?.kind === 'repeat');
  const ended = useEnded();
  const status = step?.status ?? data?.step.status ?? 'pending';
  const mayRetry = step?.status === 'incident' || step?.status === 'failed' || step?.status === 'undo-failed';

  return (
    <aside className={classes.panel} aria-label={t('step.detail', { path })}>
      <header className={classes.head}>
        <div className={classes.names}>
          <Text fw={620} size="md">
            {data?.title ?? nameOf(path)}
          </Text>
          <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {path}
          </Text>
        </div>
        <CopyButton value={window.location.href}>
          {({ copy }) => (
            <Tooltip label={t('step.copyLink')}>
              <ActionIcon variant="subtle" color="gray" aria-label={t('step.copyLink')} onClick={copy}>
                <IconLink size={16} />
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
        <ActionIcon variant="subtle" color="gray" aria-label={t('step.close')} onClick={() => select(null)}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      <div className={classes.body}>
        <Group gap="sm">
          <StatusMark status={status === 'pending' && ended ? 'not-run' : status} filled />
          {step?.progress != null && (
            <Text size="sm">
              {step.progress.fraction != null && `${Math.round(step.progress.fraction * 100)} % `}
              {step.progress.message}
            </Text>
          )}
        </Group>
        {mayRetry && (
          <Group gap={6}>
            <AccessButton
              access="POST /api/runs/{id}/retry"
              size="compact-sm"
              onClick={() => setAsked({ action: 'retry', path })}
            >
              {t('action.retry')}
            </AccessButton>
            {run.endedAt == null && (
              <AccessButton
                access="POST /api/runs/{id}/skip"
                size="compact-sm"
                variant="default"
                onClick={() => setAsked({ action: 'skip', path })}
              >
                {t('action.skip')}
              </AccessButton>
            )}
          </Group>
        )}
        {status === 'waiting-for-signal' && data?.step.signal != null && (
          <AccessButton
            access="POST /api/runs/{id}/signals/{name}"
            size="compact-sm"
            style={{ alignSelf: 'flex-start' }}
            onClick={() => setSignal(data.step.signal ?? null)}
          >
            {t('signal.send')}…
          </AccessButton>
        )}
        {error != null && step == null && <ProblemNotice error={error} />}
        {data == null && error == null && <Rows count={5} />}
        {loop && (
          <Part title={t('step.iterations')}>
            <LoopDetail path={path} select={select} />
          </Part>
        )}
        {data != null && <Facts detail={data} />}
      </div>
      <SignalDialog run={run.id} signal={signal} known={[]} close={() => setSignal(null)} />
      <ReasonDialog run={run.id} runbook={run.runbook} asked={asked} close={() => setAsked(null)} />
    </aside>
  );
}

function Facts({ detail }: { detail: Schema<'StepDetail'> }) {
  const { t } = useTranslation('runs');
  const ended = useEnded();
  const { step } = detail;
  return (
    <>
      <dl className={classes.facts}>
        {step.activity != null && (
          <Fact name={t('step.activity')}>
            <code>{step.activity}</code>
          </Fact>
        )}
        {step.startedAt != null && (
          <Fact name={t('step.started')}>
            <Moment at={step.startedAt} as="full" />
          </Fact>
        )}
        {step.endedAt != null && (
          <Fact name={t('step.ended')}>
            <Moment at={step.endedAt} as="full" />
          </Fact>
        )}
        {step.startedAt != null && (
          <Fact name={t('step.took')}>
            <Took from={step.startedAt} to={step.endedAt} />
          </Fact>
        )}
        {step.waitsFor != null && <Fact name={t('step.waitsFor')}>{waitSaid(step.waitsFor)}</Fact>}
        {step.due != null && (
          <Fact name={t('step.due')}>
            <Moment at={step.due} as="full" />
          </Fact>
        )}
      </dl>
      {step.startedAt == null && (
        <Text size="sm" c="dimmed">
          {t(ended ? 'step.notRun' : 'step.notBegun')}
        </Text>
      )}
      {step.child != null && (
        <Button component={Link} to={`/runs/${step.child}`} size="compact-sm" variant="light">
          {t('step.child')}
        </Button>
      )}
      {step.error != null && (
        <Part title={t('step.error')}>
          <Text size="sm" className={classes.error}>
            <code>{step.error.code}</code> {errorSaid(step.error)}
          </Text>
        </Part>
      )}
      {detail.inputs != null && (
        <Part title={t('step.arguments')}>
          <JsonView value={detail.inputs} label={t('step.arguments')} />
        </Part>
      )}
      {step.result != null && (
        <Part title={t('step.result')}>
          <JsonView value={step.result} label={t('step.result')} />
        </Part>
      )}
      {detail.attempts.length > 0 && (
        <Part title={t('step.attempts')}>
          <Attempts attempts={detail.attempts} />
        </Part>
      )}
      {detail.undo != null && (
        <Part title={t('step.undo')}>
          {detail.undo.activity == null ? (
            <Text size="sm" c="dimmed">
              {t('step.noUndo')}
            </Text>
          ) : (
            <JsonView
              value={{ run: detail.undo.activity, with: detail.undo.arguments ?? undefined }}
              label={t('step.undo')}
            />
          )}
        </Part>
      )}
      {detail.log.length > 0 && (
        <Part title={t('step.log')}>
          <ol className={classes.log}>
            {detail.log.map((line, index) => (
              <LogLine key={`${line.version} ${index}`} at={line.at} event={line.event as unknown as RunEvent} />
            ))}
          </ol>
        </Part>
      )}
    </>
  );
}

function LogLine({ at, event }: { at: string; event: RunEvent }) {
  const zone = useZone();
  return (
    <li>
      <Moment at={at} /> <strong title={event.event}>{eventName(event.event)}</strong>{' '}
      <span>{eventDetail(event, zone)}</span>
    </li>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
