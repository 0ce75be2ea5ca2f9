import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Moment } from '../shell/Moment';
import { useNight } from '../shell/nightClock';
import { countdown, wholeNumber } from './figures';
import classes from './Headline.module.css';

/** What is asked first: how long yet, how much traffic, how much of it on the cloud, is all well. */
export function Headline({ wall }: { wall: Schema<'WallAnswer'> }) {
  const { t } = useTranslation('wall');
  const { traffic, invariants } = wall;
  const broken = invariants.broken.length;
  return (
    <div className={classes.strip}>
      <Peak peak={wall.peak} />
      <section className={classes.tile} aria-label={t('traffic.title')}>
        <span className={classes.label}>{t('traffic.title')}</span>
        <span className={classes.figure}>
          {wholeNumber(traffic.demand)}
          <small> {t('traffic.now', { demand: '' }).trim()}</small>
        </span>
        <Meter
          share={traffic.shareOfPeak}
          tone="run"
          label={t('traffic.ofPeak', { percent: Math.round(traffic.shareOfPeak * 100) })}
        />
      </section>
      <section className={classes.tile} aria-label={t('traffic.onCloud')}>
        <span className={classes.label}>{t('traffic.onCloud')}</span>
        <span className={classes.figure}>
          {traffic.onCloud}
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

function Peak({ peak }: { peak: Schema<'PeakAnswer'> }) {
  const { t } = useTranslation('wall');
  const now = useNight(250);
  const to = now == null ? peak.secondsTo * 1_000 : Date.parse(peak.at) - now;
  // For six hours after the peak it is how long it is over that counts; then the next one.
  const over = peak.since < 6 * 3_600 && peak.since > 0 && peak.secondsTo > peak.since;
  return (
    <section className={classes.peak} aria-label={t('peak.to')}>
      <span className={classes.label}>{t(over ? 'peak.since' : 'peak.to')}</span>
      <span className={classes.countdown} role="timer">
        {countdown(over ? peak.since * 1_000 : to)}
      </span>
      <span className={classes.note}>
        {t('peak.at')} <Moment at={peak.at} as="full" /> · {t('peak.forecast', { demand: wholeNumber(peak.demand) })}
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
