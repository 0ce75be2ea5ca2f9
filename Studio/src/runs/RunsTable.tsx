import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import list from '../ui/List.module.css';
import { Moment } from '../ui/Moment';
import { StatusMark } from '../ui/StatusMark';
import { useRows } from '../ui/useRows';
import { Took } from './Took';

export function RunsTable({ runs }: { runs: Schema<'RunResponse'>[] }) {
  const { t } = useTranslation('runs');
  const { rowProps } = useRows(runs.length);
  return (
    <table className={list.table} aria-label={t('list.label')}>
      <thead>
        <tr>
          <th>{t('list.run')}</th>
          <th>{t('list.status')}</th>
          <th>{t('list.startedBy')}</th>
          <th>{t('list.startedAt')}</th>
          <th className={list.end}>{t('list.took')}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run, index) => (
          <tr key={run.id} {...rowProps(index)}>
            <td>
              <Link to="/runs/$id" params={{ id: run.id }} preload="intent">
                {run.runbook}
              </Link>{' '}
              <span className={`${list.dim} ${list.mono}`}>{run.id.slice(0, 8)}</span>
              {run.lane === 'emergency' && (
                <span data-tone="fail" style={{ color: 'var(--tone)', fontWeight: 650 }}>
                  {' '}
                  {t('lane.emergency')}
                </span>
              )}
            </td>
            <td>
              <StatusMark status={run.status} />
            </td>
            <td>{run.startedBy}</td>
            <td className={list.dim}>
              <Moment at={run.startedAt} as="full" />
            </td>
            <td className={list.end} data-wide>
              <Took from={run.startedAt} to={run.endedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
