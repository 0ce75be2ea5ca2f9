import { Button, Group, Skeleton } from '@mantine/core';
import { IconReportMoney } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import list from '../ui/List.module.css';
import { money } from '../ui/money';
import { ProblemNotice } from '../ui/ProblemNotice';
import { span } from '../ui/time';
import { wholeNumber } from '../night/figures';
import classes from './Fleet.module.css';
import { Lanes } from './Lanes';
import { Figures } from './Figures';
import { LanesInWords } from './LanesInWords';
import { ledgerQuery } from './queries';
import { Totals } from './Totals';

type Ledger = Schema<'TimelineResponse'>;

interface Props {
  run: string | undefined;
  choose: (run: string | undefined) => void;
}

/** Who held what from when to when, as lanes over time and in words, and what it cost by run and unit. */
export function LedgerView({ run, choose }: Props) {
  const { t } = useTranslation('fleet');
  const { data, error, refetch } = useQuery(ledgerQuery(run));
  return (
    <>
      {run != null && (
        <Group gap="xs">
          <span className={classes.chip}>{t('ledger.one', { run: run.slice(0, 8) })}</span>
          <Button size="compact-xs" variant="subtle" onClick={() => choose(undefined)}>
            {t('ledger.all')}
          </Button>
        </Group>
      )}
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Skeleton height={420} radius={10} />}
      {data != null && (
        <>
          <Totals report={data.report} />
          <Card flush title={t('ledger.title')}>
            {data.lanes.length === 0 && data.units.length === 0 ? (
              <Empty icon={IconReportMoney} title={t('ledger.emptyTitle')}>
                {t('ledger.empty')}
              </Empty>
            ) : (
              <>
                <Lanes ledger={data} />
                <LanesInWords ledger={data} />
              </>
            )}
          </Card>
          <div className={classes.halves}>
            <ByRun ledger={data} choose={choose} />
            <ByUnit ledger={data} />
          </div>
          <Figures report={data.report} />
        </>
      )}
    </>
  );
}

function ByRun({ ledger, choose }: { ledger: Ledger; choose: Props['choose'] }) {
  const { t } = useTranslation('fleet');
  if (ledger.byRun.length === 0) return null;
  return (
    <Card flush title={t('ledger.byRun')}>
      <div className={classes.scroll}>
        <table className={list.table}>
          <thead>
            <tr>
              <th>{t('ledger.run')}</th>
              <th>{t('ledger.startedBy')}</th>
              <th className={list.end}>{t('ledger.nodeHours')}</th>
              <th className={list.end}>{t('ledger.hostHours')}</th>
              <th className={list.end}>{t('ledger.cost')}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {ledger.byRun.map((one) => (
              <tr key={one.run}>
                <td>
                  <Link to="/runs/$id" params={{ id: one.run }}>
                    {one.runbook ?? one.run.slice(0, 8)}
                  </Link>
                </td>
                <td data-wide className={list.dim}>
                  {one.startedBy}
                </td>
                <td data-wide className={list.end}>
                  {wholeNumber(one.clusterNodeHours)}
                </td>
                <td data-wide className={list.end}>
                  {wholeNumber(one.unitHostHours)}
                </td>
                <td className={list.end}>{money(one.cost, ledger.currency)}</td>
                <td className={list.end}>
                  <Button size="compact-xs" variant="subtle" onClick={() => choose(one.root ?? one.run)}>
                    {t('ledger.only')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function ByUnit({ ledger }: { ledger: Ledger }) {
  const { t } = useTranslation('fleet');
  const { units, currency } = ledger.report;
  if (units.length === 0) return null;
  return (
    <Card flush title={t('ledger.byUnit')}>
      <div className={classes.scroll}>
        <table className={list.table}>
          <thead>
            <tr>
              <th>{t('unit.unit')}</th>
              <th className={list.end}>{t('ledger.readyIn')}</th>
              <th className={list.end}>{t('ledger.held')}</th>
              <th className={list.end}>{t('ledger.notOnline')}</th>
              <th className={list.end}>{t('ledger.cost')}</th>
            </tr>
          </thead>
          <tbody>
            {units.map((unit, index) => (
              <tr key={`${unit.unit} ${index}`}>
                <td>
                  <Link to="/fleet" search={{ view: 'units', unit: unit.unit }}>
                    {unit.unit}
                  </Link>
                </td>
                <td data-wide className={list.end}>
                  {unit.timeToReadySeconds == null ? '–' : span(unit.timeToReadySeconds * 1_000)}
                </td>
                <td data-wide className={list.end}>
                  {span(unit.heldSeconds * 1_000)}
                </td>
                <td data-wide className={list.end}>
                  {span(unit.notOnlineSeconds * 1_000)}
                </td>
                <td className={list.end}>{money(unit.cost, currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
