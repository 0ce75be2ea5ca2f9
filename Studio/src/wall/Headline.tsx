import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Moment } from '../ui/Moment';
import { useNight } from '../ui/nightClock';
import { Age } from './Age';
import { countdown, peakAt, wholeNumber } from '../night/figures';
import classes from './Headline.module.css';

/** What is asked first: how long yet, how much traffic, how much of it on the cloud, is all well. */
export function Headline({ wall }: { wall: Schema<'WallResponse'> }) {
  const { t } = useTranslation('night');
  const { traffic, invariants } = wall;
  const broken = invariants.broken.length;
  return (
    <div className={classes.strip}>
      <Peak peak={wall.peak} />
      <section className={classes.tile} aria-label={t('traffic.title')} data-stale={traffic.stale}>
        <span className={classes.label}>
          {t('traffic.title')} <Age at={traffic.at} stale={traffic.stale} error={traffic.error} />
        </span>
        <span className={classes.figure}>
          {traffic.at == null ? '–' : wholeNumber(traffic.demand)}
          <small> {t('traffic.now', { demand: '' }).trim()}</small>
        </span>
        <Meter
          share={traffic.shareOfPeak}
          tone="run"
          label={t('traffic.ofPeak', { percent: Math.round(traffic.shareOfPeak * 100) })}
        />
      </section>
      <section className={classes.tile} aria-label={t('traffic.onCloud')} data-stale={traffic.stale}>
        <span className={classes.label}>
          {t(traffic.stale ? 'traffic.onCloudThen' : 'traffic.onCloud')} <Age at={traffic.at} stale={traffic.stale} />
        </span>
        <span className={classes.figure}>
          {traffic.at == null ? '–' : traffic.onCloud}
          <small> %</small>
        </span>
        <Meter
          share={traffic.onCloud / 100}
          tone="signal"
          label={`${t('traffic.peakOnCloud')}: ${traffic.peakOnCloud == null ? t('traffic.noReading') : `${traffic.peakOnCloud} %`}`}
        />
      </section>
      <section className={classes.tile} aria-label={t('night.title')}>
        <span className={classes.label}>{t('night.openRuns')}</span>
        <span className={classes.figure}>{wall.openRuns}</span>
        <span className={classes.note} data-tone={broken === 0 ? 'done' : 'fail'}>
          {t('night.invariants')}:{' '}
          <b>{broken === 0 ? `✓ ${t('night.hold')}` : `✗ ${t('night.broken', { count: broken })}`}</b>
          {invariants.everBroken > 0 && ` · ${t('night.ever', { count: invariants.everBroken })}`}
        </span>
      </section>
    </div>
  );
}

function Peak({ peak }: { peak: Schema<'PeakResponse'> }) {
  const { t } = useTranslation('night');
  const now = useNight(250);
  const next = Date.parse(peak.at);
  const { over, away } = peakAt(now ?? next - peak.secondsTo * 1_000, Date.parse(peak.last), next);
  return (
    <section className={classes.peak} aria-label={t(over ? 'peak.since' : 'peak.to')}>
      <span className={classes.label}>{t(over ? 'peak.since' : 'peak.to')}</span>
      <span className={classes.countdown} role="timer">
        {countdown(away)}
      </span>
      <span className={classes.note}>
        {t(over ? 'peak.was' : 'peak.at')} <Moment at={over ? peak.last : peak.at} as="full" />
        {over && (
          <>
            {' · '}
            {t('peak.next')} <Moment at={peak.at} as="full" />
          </>
        )}{' '}
        · {t('peak.forecast', { demand: wholeNumber(peak.demand) })}
      </span>
    </section>
  );
}

function Meter({ share, tone, label }: { share: number; tone: string; label: string }) {
  return (
    <span className={classes.meter} data-tone={tone}>
      <span className={classes.track} aria-hidden>
        <i style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
      <span className={classes.note}>{label}</span>
    </span>
  );
}
