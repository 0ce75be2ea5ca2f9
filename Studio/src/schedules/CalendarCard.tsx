import { ActionIcon, Button, Group, SegmentedControl, Select, Skeleton, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconSnowflake } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useRefusal } from '../identity/access';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { dateName, monthName, stretchName, useZone, zoneName } from '../ui/time';
import { type CalendarDay, dayIn, daysOf, intoDays, stretch, turn } from './calendar';
import { FireMark } from './FireMark';
import { looks, outcomeOf, outcomes } from './outcomes';
import { calendarQuery, triggersQuery } from './queries';
import classes from './Schedule.module.css';
import type { ScheduleSearch } from './search';

type Fire = Schema<'CalendarFire'>;

interface Props {
  search: ScheduleSearch;
  /** The night's now. */
  now: string;
  change: (next: ScheduleSearch) => void;
  ask: (fire: Fire) => void;
}

/** A week or a month of fires and freeze windows: past ones as they went, those to come as things stand. */
export function CalendarCard({ search, now, change, ask }: Props) {
  const { t } = useTranslation('schedules');
  const zone = zoneName(useZone());
  const { data: triggers } = useQuery(triggersQuery);
  const view = search.view ?? 'week';
  const today = dayIn(now, zone);
  const of = search.day ?? today;
  const days = daysOf(view, of);
  const { from, to } = stretch(days);
  const { data, error, refetch } = useQuery(calendarQuery(from, to));
  const shown = data == null ? null : intoDays(days, data, zone, search);
  const runbooks = new Set([
    ...(triggers?.items.map((one) => one.runbook) ?? []),
    ...(search.runbook == null ? [] : [search.runbook]),
  ]);
  return (
    <Card flush title={t('calendar.title')} aside={<strong className={classes.stretch}>{name(view, of, days)}</strong>}>
      <Group gap="xs" p="xs" role="search">
        <ActionIcon variant="default" aria-label={t('view.before')} onClick={() => change({ day: turn(view, of, -1) })}>
          <IconChevronLeft size={16} />
        </ActionIcon>
        <ActionIcon variant="default" aria-label={t('view.after')} onClick={() => change({ day: turn(view, of, 1) })}>
          <IconChevronRight size={16} />
        </ActionIcon>
        <Button size="xs" variant="default" disabled={days.includes(today)} onClick={() => change({ day: undefined })}>
          {t('view.today')}
        </Button>
        <SegmentedControl
          size="xs"
          aria-label={t('view.label')}
          value={view}
          onChange={(next) => change({ view: next as ScheduleSearch['view'] })}
          data={(['week', 'month'] as const).map((value) => ({ value, label: t(`view.${value}`) }))}
        />
        <Select
          size="xs"
          w={160}
          clearable
          aria-label={t('filter.runbook')}
          placeholder={t('filter.allRunbooks')}
          data={[...runbooks]}
          value={search.runbook ?? null}
          onChange={(runbook) => change({ runbook: runbook ?? undefined })}
        />
        <Select
          size="xs"
          w={140}
          clearable
          aria-label={t('filter.outcome')}
          placeholder={t('filter.allOutcomes')}
          data={outcomes.map((value) => ({ value, label: t(`outcome.${value}`) }))}
          value={search.outcome ?? null}
          onChange={(outcome) => change({ outcome: outcome ?? undefined })}
        />
      </Group>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {shown == null && error == null && <Skeleton height={260} radius={0} />}
      {shown != null && (
        <>
          {shown.every((one) => one.fires.length === 0 && one.freezes.length === 0) && (
            <Text size="sm" c="dimmed" px="md" pb="xs">
              {t('calendar.empty')}
            </Text>
          )}
          <ol className={classes.calendar} data-view={view}>
            {shown.map((one) => (
              <Day
                key={one.day}
                day={one}
                today={one.day === today}
                outside={view === 'month' && one.day.slice(0, 7) !== of.slice(0, 7)}
                most={view === 'week' ? 12 : 4}
                ask={ask}
              />
            ))}
          </ol>
        </>
      )}
      {data != null && data.truncated.length > 0 && (
        <Text size="xs" c="dimmed" p="xs">
          {t('calendar.truncated', { names: data.truncated.join(', ') })}
        </Text>
      )}
    </Card>
  );
}

interface DayProps {
  day: CalendarDay;
  today: boolean;
  outside: boolean;
  most: number;
  ask: (fire: Fire) => void;
}

function Day({ day, today, outside, most, ask }: DayProps) {
  const { t } = useTranslation('schedules');
  const [all, setAll] = useState(false);
  const fires = all ? day.fires : day.fires.slice(0, most);
  const empty = day.fires.length === 0 && day.freezes.length === 0;
  return (
    <li data-today={today} data-outside={outside} data-empty={empty} aria-current={today ? 'date' : undefined}>
      <h3>{dateName(day.day)}</h3>
      {day.freezes.map((freeze) => (
        <span
          key={`${freeze.id} ${freeze.from}`}
          className={classes.freeze}
          data-tone={freeze.kind === 'block' ? 'signal' : 'wait'}
        >
          <IconSnowflake size={12} aria-hidden />
          {t(freeze.kind === 'block' ? 'calendar.freeze' : 'calendar.only', { name: freeze.name })}
        </span>
      ))}
      {fires.map((fire) => (
        <FireLine key={`${fire.trigger} ${fire.at}`} fire={fire} ask={ask} />
      ))}
      {day.fires.length > fires.length && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          {t('calendar.more', { count: day.fires.length - fires.length })}
        </button>
      )}
    </li>
  );
}

function FireLine({ fire, ask }: { fire: Fire; ask: (fire: Fire) => void }) {
  const { t } = useTranslation('schedules');
  const refusal = useRefusal('POST /api/schedules/overrides');
  const against = fire.windows.map((window) => window.name).join(', ');
  return (
    <div className={classes.fire} data-tone={looks[outcomeOf(fire.outcome, fire.past)].tone} data-past={fire.past}>
      <span>
        <Moment at={fire.at} />{' '}
        {fire.run == null ? (
          fire.runbook
        ) : (
          <Link to="/runs/$id" params={{ id: fire.run }}>
            {fire.runbook}
          </Link>
        )}
      </span>
      <FireMark outcome={fire.outcome} past={fire.past} />
      {against !== '' && <small>{t('calendar.against', { names: against })}</small>}
      {fire.missed > 0 && <small>{t('calendar.missed', { count: fire.missed })}</small>}
      {fire.detail != null && <small>{fire.detail}</small>}
      {!fire.past && fire.outcome === 'blocked' && (
        <button
          type="button"
          className={classes.more}
          aria-disabled={refusal != null}
          title={refusal ?? undefined}
          onClick={() => refusal == null && ask(fire)}
        >
          {t('calendar.ask')}
        </button>
      )}
    </div>
  );
}

function name(view: 'week' | 'month', of: string, days: string[]): string {
  return view === 'month' ? monthName(of) : stretchName(days[0] as string, days[days.length - 1] as string);
}
