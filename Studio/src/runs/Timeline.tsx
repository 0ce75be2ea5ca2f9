import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../ui/ProblemNotice';
import { useNight } from '../ui/nightClock';
import { lookOf, statusOf } from '../ui/status';
import { span, timeOfDay, useZone } from '../ui/time';
import { graphQuery } from './queries';
import { barOf, type Bar, rangeOf, ticksOf } from './timelineModel';
import classes from './Timeline.module.css';

interface Props {
  run: string;
  selected: string | null;
  select: (path: string) => void;
}

/** The steps over time: what earlier runs let expect, and what is. */
export function Timeline({ run, selected, select }: Props) {
  const { t } = useTranslation('runs');
  const zone = useZone();
  const now = useNight();
  const { data, error, refetch } = useQuery(graphQuery(run));
  if (error != null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (data == null) return <Skeleton h="100%" mih={320} />;

  const bars = data.nodes.map((node) => barOf(node, data.endedAt == null ? now : null)).filter((bar) => bar != null);
  const range = rangeOf(
    bars,
    Date.parse(data.startedAt),
    data.endedAt == null ? now : Date.parse(data.endedAt),
    data.expectedEnd,
  );
  const place = (at: number) => `${((at - range.from) / (range.to - range.from)) * 100}%`;
  return (
    // It scrolls, so the keyboard must reach it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.timeline} tabIndex={0} role="region" aria-label={t('timeline.label')}>
      <div className={classes.legend}>
        <span>
          <i className={classes.actualKey} /> {t('timeline.actual')}
        </span>
        <span>
          <i className={classes.plannedKey} /> {t('timeline.planned')}
        </span>
        <Text size="xs" c="dimmed">
          {data.learntFrom.length > 0
            ? t('timeline.learnt', { count: data.learntFrom.length })
            : t('timeline.unplanned')}
        </Text>
      </div>
      <div className={classes.grid}>
        <div className={classes.axis} aria-hidden>
          <span />
          <div className={classes.track}>
            {ticksOf(range).map((tick) => (
              <span key={tick} className={classes.tick} style={{ left: place(tick) }}>
                {timeOfDay(tick, zone).slice(0, 5)}
              </span>
            ))}
          </div>
        </div>
        {bars.map((bar) => (
          <Line key={bar.path} bar={bar} place={place} selected={bar.path === selected} select={select} />
        ))}
        {now != null && data.endedAt == null && now >= range.from && now <= range.to && (
          <div className={classes.nowTrack} aria-hidden>
            <span className={classes.now} style={{ left: place(now) }}>
              <b>{t('timeline.now')}</b>
            </span>
          </div>
        )}
      </div>
    </div>
  );
}

function Line({
  bar,
  place,
  selected,
  select,
}: {
  bar: Bar;
  place: (at: number) => string;
  selected: boolean;
  select: (path: string) => void;
}) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const status = statusOf(bar.status);
  const late =
    bar.lateBy == null || Math.abs(bar.lateBy) < 1_000
      ? null
      : t(bar.lateBy > 0 ? 'timeline.late' : 'timeline.early', { span: span(bar.lateBy) });
  const Icon = lookOf(status).icon;
  return (
    <button
      type="button"
      className={classes.line}
      data-selected={selected}
      data-tone={lookOf(status).tone}
      onClick={() => select(bar.path.split('/*')[0] ?? bar.path)}
    >
      <span className={classes.name} style={{ paddingInlineStart: bar.depth * 12 }}>
        <Icon size={13} aria-hidden className={classes.icon} />
        <span className="visually-hidden">{shell(`status.${status}`)}</span>
        <span>{bar.title}</span>
      </span>
      <span className={classes.track}>
        {bar.planned != null && (
          <i
            className={classes.planned}
            style={{
              left: place(bar.planned.from),
              width: `calc(${place(bar.planned.to)} - ${place(bar.planned.from)})`,
            }}
          />
        )}
        {bar.actual != null && (
          <i
            className={classes.actual}
            data-open={bar.open}
            style={{
              left: place(bar.actual.from),
              width: `max(3px, calc(${place(bar.actual.to)} - ${place(bar.actual.from)}))`,
            }}
          />
        )}
        {bar.actual != null && (
          <span className={classes.took} style={{ left: place(bar.actual.to) }}>
            {span(bar.actual.to - bar.actual.from)}
            {late != null && ` · ${late}`}
          </span>
        )}
      </span>
    </button>
  );
}
