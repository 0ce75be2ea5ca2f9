import { SegmentedControl, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { errorSaid } from '../i18n/server';
import { useKey } from '../ui/keys';
import { Moment } from '../ui/Moment';
import { Page } from '../ui/Page';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { StatusMark } from '../ui/StatusMark';
import { Interventions } from './Interventions';
import { Journal } from './Journal';
import { runQuery } from './queries';
import { RunInputs } from './RunInputs';
import { RunActions } from './RunActions';
import classes from './RunPage.module.css';
import { RunProgress } from './RunProgress';
import { type RunSearch, views } from './search';
import { StepDetail } from './StepDetail';
import { StepsTree } from './StepsTree';
import { Timeline } from './Timeline';
import { Took } from './Took';
import { RunContext, useOpenRun, useRevision, useRunStore } from './useRunStore';
import { Waiting } from './Waiting';
import './texts';

const RunGraph = lazy(() => import('./graph/RunGraph'));
const route = getRouteApi('/runs/$id');

/** One run, live: as graph, timeline, steps and journal, with the step that is chosen beside it. */
export function RunPage() {
  const { t } = useTranslation('runs');
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(runQuery(id));
  if (error != null && data == null)
    return (
      <Page title={t('list.run')}>
        <ProblemNotice error={error} retry={() => void refetch()} />
      </Page>
    );
  if (data == null)
    return (
      <Page title={t('list.run')}>
        <Rows count={12} />
      </Page>
    );
  return <Opened key={id} detail={data} />;
}

function Opened({ detail }: { detail: Schema<'RunDetail'> }) {
  const { t } = useTranslation('runs');
  const { run } = detail;
  const signals = detail.waiting.flatMap(({ signal }) => signal ?? []);
  const store = useOpenRun(run.id);
  const { view = 'graph', step = null, find = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: RunSearch, replace = false) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace });
  // Back leads out of a step and into the view before; going through many steps leaves no trail of each.
  const select = (path: string | null) => go({ step: path ?? undefined }, step != null && path != null);
  useKey(step == null ? null : 'Escape', t('step.close'), () => select(null));

  return (
    <RunContext.Provider value={store}>
      <Page
        fill
        title={run.runbook}
        mark={<StatusMark status={run.status} filled />}
        actions={<RunActions run={run} signals={signals} />}
        subtitle={
          <>
            <span className={classes.id}>{run.id.slice(0, 8)}</span> · {t('run.by', { name: run.startedBy })} ·{' '}
            <Moment at={run.startedAt} as="full" /> ·{' '}
            {run.lane === 'emergency' && (
              <>
                <span className={classes.emergency} data-tone="fail">
                  {t('run.inLane', { lane: t('lane.emergency') })}
                </span>{' '}
                ·{' '}
              </>
            )}
            <Took from={run.startedAt} to={run.endedAt} />
            {run.parentRun != null && (
              <>
                {' '}
                ·{' '}
                <Link to="/runs/$id" params={{ id: run.parentRun }} search={{ step: run.parentStep ?? undefined }}>
                  {t('run.parent')}
                </Link>
              </>
            )}
          </>
        }
      >
        {run.error != null && (
          <Text size="sm" className={classes.error} data-tone="fail">
            <code>{run.error.code}</code> {errorSaid(run.error)}
          </Text>
        )}
        <Interventions all={detail.interventions} />
        <Waiting detail={detail} openStep={select} />
        <div className={classes.bar}>
          <SegmentedControl
            size="xs"
            aria-label={t('run.view')}
            value={view}
            onChange={(next) => go({ view: next as RunSearch['view'] })}
            data={views.map((value) => ({ value, label: t(`run.${value}`) }))}
          />
          <RunProgress />
        </div>
        <div className={classes.parts}>
          <div className={classes.main}>
            {view === 'graph' && (
              <Suspense fallback={<Skeleton h="100%" mih={360} />}>
                <RunGraph run={run.id} selected={step} select={select} />
              </Suspense>
            )}
            {view === 'timeline' && <Timeline run={run.id} selected={step} select={select} />}
            {view === 'steps' && <Steps selected={step} select={select} />}
            {view === 'inputs' && <RunInputs run={run} />}
            {view === 'journal' && (
              <Journal
                run={run.id}
                version={detail.version}
                filter={find}
                setFilter={(text) => go({ find: text === '' ? undefined : text }, true)}
                select={select}
              />
            )}
          </div>
          {step != null && <StepDetail key={step} run={run} path={step} select={select} />}
        </div>
      </Page>
    </RunContext.Provider>
  );
}

function Steps({ selected, select }: { selected: string | null; select: (path: string) => void }) {
  const store = useRunStore();
  useRevision();
  if (store.error != null) return <ProblemNotice error={store.error} />;
  return store.order.length === 0 && !store.loaded ? (
    <Rows count={12} height={30} />
  ) : (
    <StepsTree selected={selected} select={select} />
  );
}
