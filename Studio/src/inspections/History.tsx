import { Button, CloseButton, Group, Select } from '@mantine/core';
import { IconCheck, IconHistory, IconX, IconZoomQuestion } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { fleetQuery } from '../fleet/queries';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import list from '../ui/List.module.css';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { useRows } from '../ui/useRows';
import { Causes } from './Causes';
import classes from './Inspections.module.css';
import { placeWord } from './placeWord';
import { inspectionQuery, inspectionsQuery } from './queries';
import type { InspectionSearch } from './search';

interface Props {
  search: InspectionSearch;
  places: string[];
  change: (next: InspectionSearch) => void;
}

/** Every inspection, newest first, with filters that stand in the address; one of them open with its findings. */
export function History({ search, places, change }: Props) {
  const { t } = useTranslation('inspections');
  const { data: fleet } = useQuery(fleetQuery);
  const { data, error, refetch, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    inspectionsQuery(search),
  );
  const inspections = data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = search.unit != null || search.place != null || search.passed != null;
  const clear = () => change({ unit: undefined, place: undefined, passed: undefined });
  const units = new Set([
    ...(fleet?.units.map((unit) => unit.id) ?? []),
    ...(search.unit == null ? [] : [search.unit]),
  ]);
  return (
    <>
      <Group role="search" gap="xs">
        <Select
          size="xs"
          w={170}
          clearable
          searchable
          aria-label={t('history.unit')}
          placeholder={t('history.filterUnit')}
          data={[...units]}
          value={search.unit ?? null}
          onChange={(unit) => change({ unit: unit ?? undefined })}
        />
        <Select
          size="xs"
          w={170}
          clearable
          aria-label={t('history.place')}
          placeholder={t('history.filterPlace')}
          data={[...new Set([...places, ...(search.place == null ? [] : [search.place])])]}
          value={search.place ?? null}
          onChange={(place) => change({ place: place ?? undefined })}
        />
        <Select
          size="xs"
          w={150}
          clearable
          aria-label={t('history.result')}
          placeholder={t('history.all')}
          data={[
            { value: 'true', label: t('history.onlyPassed') },
            { value: 'false', label: t('history.onlyFailed') },
          ]}
          value={search.passed == null ? null : String(search.passed)}
          onChange={(passed) => change({ passed: passed == null ? undefined : passed === 'true' })}
        />
        {filtered && (
          <Button size="compact-xs" variant="subtle" onClick={clear}>
            {t('history.clear')}
          </Button>
        )}
      </Group>
      {search.open != null && <Opened id={search.open} close={() => change({ open: undefined })} />}
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      <Card flush title={t('history.title')}>
        {isPending && error == null && <Rows count={5} />}
        {inspections.length > 0 && <Table inspections={inspections} search={search} />}
        {data != null && inspections.length === 0 && (
          <Empty
            icon={filtered ? IconZoomQuestion : IconHistory}
            title={t(filtered ? 'history.nothingTitle' : 'history.emptyTitle')}
          >
            {t(filtered ? 'history.nothing' : 'history.empty')}
          </Empty>
        )}
      </Card>
      {hasNextPage && (
        <Group justify="center">
          <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('history.more')}
          </Button>
        </Group>
      )}
    </>
  );
}

function Table({ inspections, search }: { inspections: Schema<'InspectionResponse'>[]; search: InspectionSearch }) {
  const { t } = useTranslation('inspections');
  const { rowProps } = useRows(inspections.length);
  return (
    <table className={list.table}>
      <thead>
        <tr>
          <th>{t('history.unit')}</th>
          <th>{t('history.place')}</th>
          <th>{t('history.at')}</th>
          <th className={list.end}>{t('history.checks')}</th>
          <th>{t('history.result')}</th>
          <th>{t('history.run')}</th>
        </tr>
      </thead>
      <tbody>
        {inspections.map((one, index) => (
          <tr key={one.id} {...rowProps(index)} data-current={one.id === search.open || undefined}>
            <td>
              <Link to="/inspections" search={{ ...search, open: one.id }}>
                {one.unit}
              </Link>
            </td>
            <td data-wide>{placeWord(one.place, t)}</td>
            <td>
              <Moment at={one.at} as="full" />
            </td>
            <td className={list.end} data-wide>
              {one.checks}
            </td>
            <td>
              <span className={classes.verdict} data-tone={one.passed ? 'done' : 'fail'}>
                {one.passed ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}
                {one.passed
                  ? t('history.passed')
                  : t('history.failed', { failed: one.failed, unanswered: one.unanswered })}
              </span>
            </td>
            <td data-wide>
              <Link to="/runs/$id" params={{ id: one.run }} search={{ step: one.path }}>
                <span className={list.mono}>{one.run.slice(0, 8)}</span>
              </Link>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Opened({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation('inspections');
  const { data, error, refetch } = useQuery(inspectionQuery(id));
  return (
    <Card
      title={t('history.one', { unit: data?.inspection.unit ?? '…' })}
      aside={<CloseButton size="sm" aria-label={t('history.close')} onClick={close} />}
    >
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={3} />}
      {data != null && (
        <>
          <p className={classes.dim}>
            <Moment at={data.inspection.at} as="full" /> · {t('heat.checks', { count: data.inspection.checks })} ·{' '}
            {t(data.inspection.passed ? 'heat.passed' : 'heat.notPassed')}
          </p>
          <Causes causes={data.causes} />
          {data.earlier.length > 0 && (
            <p className={classes.earlier}>
              {t('history.earlier')}:{' '}
              {data.earlier.map((one) => (
                <Link
                  key={one.id}
                  to="/inspections"
                  search={(before) => ({ ...before, open: one.id })}
                  data-tone={one.passed ? 'done' : 'fail'}
                >
                  {one.passed ? <IconCheck size={13} aria-hidden /> : <IconX size={13} aria-hidden />}
                  <span className="visually-hidden">{t(one.passed ? 'heat.passed' : 'heat.notPassed')}</span>{' '}
                  <Moment at={one.at} as="full" />
                </Link>
              ))}
            </p>
          )}
        </>
      )}
    </Card>
  );
}
