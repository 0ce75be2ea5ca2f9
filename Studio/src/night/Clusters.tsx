import { Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconClock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { span } from '../ui/time';
import classes from './Clusters.module.css';
import { colocationStates, isHome, stateTone, toneOf, useStateWord } from './colocation';
import { GuardLights } from './GuardLights';
import { Split } from './Split';

type Cluster = Schema<'WallCluster'>;

/** A lane for each cluster: what it is, what is asked of it, what its own API shows, and what its guards say. */
export function Clusters({ clusters }: { clusters: Cluster[] }) {
  const { t } = useTranslation('night');
  const word = useStateWord();
  return (
    <Card
      flush
      title={t('clusters.title')}
      aside={
        <span className={classes.legend}>
          {colocationStates.map((state) => (
            <span key={state} data-tone={stateTone[state]}>
              <i aria-hidden />
              {word(state)}
            </span>
          ))}
        </span>
      }
    >
      {clusters.length === 0 && <p className={classes.empty}>{t('clusters.empty')}</p>}
      <div role="table" aria-label={t('clusters.title')} className={classes.lanes}>
        <div role="row" className={classes.heads}>
          <span role="columnheader">{t('clusters.title')}</span>
          <span role="columnheader">{t('clusters.state')}</span>
          <span role="columnheader">{t('clusters.split')}</span>
          <span role="columnheader">{t('clusters.observed')}</span>
          <span role="columnheader">{t('clusters.guards')}</span>
        </div>
        {clusters.map((cluster) => (
          <Lane key={cluster.id} cluster={cluster} />
        ))}
      </div>
    </Card>
  );
}

function Lane({ cluster }: { cluster: Cluster }) {
  const { t } = useTranslation('night');
  const { shift, state, kind } = cluster;
  const word = useStateWord();
  const home = isHome(kind, state);
  return (
    <div role="row" className={classes.lane} data-tone={toneOf(state, kind)}>
      <div role="cell" className={classes.name}>
        <strong>{cluster.id}</strong>
        <small>
          {kind != null && `${kind === 'online' || kind === 'batch' ? t(`clusters.kind.${kind}`) : kind} · `}
          {t('clusters.nodes', { count: cluster.nodes })}
        </small>
      </div>
      <div role="cell">
        <span className={classes.state}>
          {home ? t('state.home') : state == null ? t('clusters.none') : word(state)}
        </span>
        {home && <small className={classes.dim}>{t('clusters.homeHint')}</small>}
        {shift != null && (
          <small className={classes.move} data-tone={stateTone[shift.to]}>
            → {word(shift.to)} · {t('clusters.waves', { done: shift.confirmed, all: shift.waveSizes.length })}
            <Waves shift={shift} />
          </small>
        )}
      </div>
      <div role="cell">
        {home ? (
          <small className={classes.dim}>{t('clusters.homeSplit')}</small>
        ) : cluster.split == null ? (
          <small>–</small>
        ) : (
          <Split {...cluster.split} />
        )}
      </div>
      <div role="cell">
        <Observed cluster={cluster} />
      </div>
      <div role="cell">
        {home && cluster.guards.length === 0 ? (
          <small className={classes.dim}>{t('clusters.homeGuards')}</small>
        ) : (
          <GuardLights lights={cluster.guards} />
        )}
      </div>
    </div>
  );
}

/** The move's waves by their sizes; those that were read back are filled. */
function Waves({ shift }: { shift: Schema<'ShiftResponse'> }) {
  return (
    <span className={classes.waves} aria-hidden>
      {shift.waveSizes.map((size, index) => (
        <i key={index} style={{ flexGrow: size }} data-done={index < shift.confirmed} />
      ))}
    </span>
  );
}

/** Nodes by the state that the cluster's own API shows, and whether that is what was asked. */
function Observed({ cluster }: { cluster: Cluster }) {
  const { t } = useTranslation('night');
  const { observed, converged, kind } = cluster;
  const word = useStateWord();
  if (observed == null)
    return (
      <small className={classes.verdict}>
        <IconClock size={13} aria-hidden /> {t('clusters.unknown')}
      </small>
    );
  const parts = Object.entries(observed.nodesByState);
  return (
    <Tooltip
      multiline
      withArrow
      openDelay={200}
      label={
        <>
          {parts.map(([state, count]) => (
            <div key={state}>
              {word(state, kind)}: {count}
            </div>
          ))}
          <div>{t('clusters.age', { age: span(observed.ageSeconds * 1_000) })}</div>
          {observed.error != null && <div>{t('clusters.error', { error: observed.error })}</div>}
        </>
      }
    >
      <div>
        <span
          className={classes.nodes}
          aria-label={parts.map(([state, count]) => `${word(state, kind)} ${count}`).join(', ')}
          role="img"
        >
          {parts.map(([state, count]) => (
            <i key={state} data-tone={toneOf(state, kind)} style={{ flexGrow: count }} />
          ))}
        </span>
        <small className={classes.verdict} data-tone={converged == null ? 'pending' : converged ? 'done' : 'degrade'}>
          {converged == null ? (
            <IconClock size={13} aria-hidden />
          ) : converged ? (
            <IconCheck size={13} aria-hidden />
          ) : (
            <IconAlertTriangle size={13} aria-hidden />
          )}
          {t(
            converged == null
              ? 'clusters.unknown'
              : !converged
                ? 'clusters.diverged'
                : isHome(kind, cluster.state)
                  ? 'clusters.homeObserved'
                  : 'clusters.converged',
          )}
          {observed.notReady > 0 && (
            <span data-tone="fail" className={classes.down}>
              {' '}
              · {t('clusters.notReady', { count: observed.notReady })}
            </span>
          )}
        </small>
      </div>
    </Tooltip>
  );
}
