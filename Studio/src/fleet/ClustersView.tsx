import { Button, Skeleton } from '@mantine/core';
import { IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import list from '../ui/List.module.css';
import { money } from '../ui/money';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Clusters } from '../night/Clusters';
import { useStateWord } from '../night/colocation';
import { useKinds } from '../night/kinds';
import { wholeNumber } from '../night/figures';
import { wallQuery } from '../night/queries';
import classes from './Fleet.module.css';
import { ledgerQuery } from './queries';
import { Totals } from './Totals';

/** The clusters with their states and splits as on the wall, and what each held and cost. */
export function ClustersView() {
  const { data: wall, error, refetch } = useQuery(wallQuery(useIdentity()));
  const { data: ledger, error: ledgerError, refetch: again } = useQuery(ledgerQuery(undefined));
  return (
    <>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {ledgerError != null && <ProblemNotice error={ledgerError} retry={() => void again()} />}
      {ledger == null ? <Skeleton height={64} radius={10} /> : <Totals report={ledger.report} />}
      {wall == null ? <Skeleton height={300} radius={10} /> : <Clusters clusters={wall.clusters} />}
      {ledger != null && <Figures report={ledger.report} />}
    </>
  );
}

function Figures({ report }: { report: Schema<'FleetReport'> }) {
  const { t } = useTranslation('fleet');
  const word = useStateWord();
  const kindOf = useKinds();
  return (
    <Card flush title={t('figures.title')}>
      {report.clusters.length === 0 ? (
        <Empty
          icon={IconServer2}
          title={t('figures.emptyTitle')}
          action={
            <Button size="xs" variant="default" renderRoot={(props) => <Link to="/runs" {...props} />}>
              {t('figures.runs')}
            </Button>
          }
        >
          {t('figures.empty')}
        </Empty>
      ) : (
        <div className={classes.scroll}>
          <table className={list.table}>
            <thead>
              <tr>
                <th>{t('figures.cluster')}</th>
                <th className={list.end}>{t('figures.nodes')}</th>
                <th>{t('figures.utilisation')}</th>
                <th>{t('figures.measured')}</th>
                <th className={list.end}>{t('figures.borrowed')}</th>
                <th className={list.end}>{t('figures.transition')}</th>
                <th className={list.end}>{t('figures.cost')}</th>
              </tr>
            </thead>
            <tbody>
              {report.clusters.map((cluster) => (
                <tr key={cluster.cluster}>
                  <td>
                    <Link to="/fleet" search={{ view: 'nodes', cluster: cluster.cluster }}>
                      {cluster.cluster}
                    </Link>{' '}
                    {cluster.state != null && (
                      <span className={list.dim}>{word(cluster.state, kindOf(cluster.cluster))}</span>
                    )}
                  </td>
                  <td className={list.end}>{cluster.nodes}</td>
                  <td data-wide>
                    <Meter share={cluster.utilisation ?? null} />
                  </td>
                  <td data-wide title={report.unknown?.[`clusters.${cluster.cluster}.measured`]}>
                    <Meter share={cluster.measured?.share ?? null} />
                  </td>
                  <td className={list.end} data-wide>
                    {wholeNumber(cluster.borrowedNodeHours)}
                  </td>
                  <td className={list.end} data-wide>
                    {wholeNumber(cluster.transitionNodeHours)}
                  </td>
                  <td className={list.end}>{money(cluster.borrowedCost, report.currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Meter({ share }: { share: number | null }) {
  if (share == null) return '–';
  return (
    <span className={classes.meter}>
      <span aria-hidden data-tone={share > 0.85 ? 'degrade' : 'run'}>
        <i style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      {Math.round(share * 100)} %
    </span>
  );
}
