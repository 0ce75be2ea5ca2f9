import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import list from '../ui/List.module.css';
import { money } from '../ui/money';
import { Moment } from '../ui/Moment';
import { wholeNumber } from '../night/figures';
import classes from './Fleet.module.css';

type Report = Schema<'FleetReport'>;

/** What an auditor asks for: cost by what was paid for beside the baselines, orders by destination, and why a figure is not known. */
export function Figures({ report }: { report: Report }) {
  return (
    <>
      <div className={classes.halves}>
        <ByResource report={report} />
        <Otherwise report={report} />
      </div>
      {report.orders != null && <Orders orders={report.orders} />}
      <Reasons report={report} />
    </>
  );
}

function ByResource({ report }: { report: Report }) {
  const { t } = useTranslation('fleet');
  return (
    <Card flush title={t('audit.byResource')}>
      <div className={classes.scroll}>
        <table className={list.table}>
          <thead>
            <tr>
              <th>{t('audit.resource')}</th>
              <th className={list.end}>{t('audit.hours')}</th>
              <th>{t('audit.incremental')}</th>
              <th className={list.end}>{t('audit.cost')}</th>
            </tr>
          </thead>
          <tbody>
            {(report.costByResource ?? []).map((cost) => (
              <tr key={cost.resource}>
                <td>{t(`audit.resources.${cost.resource}`, { defaultValue: cost.resource })}</td>
                <td className={list.end}>{wholeNumber(cost.hours)}</td>
                <td>{cost.incremental ? t('audit.yes') : t('audit.owned')}</td>
                <td className={list.end}>
                  {cost.cost == null ? t('total.unknown') : money(cost.cost, report.currency)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {report.priceSource != null && (
        <p className={classes.count}>{t('audit.prices', { source: report.priceSource })}</p>
      )}
    </Card>
  );
}

function Otherwise({ report }: { report: Report }) {
  const { t } = useTranslation('fleet');
  const { totals, currency } = report;
  const amount = (value: number | null | undefined) => (value == null ? t('total.unknown') : money(value, currency));
  return (
    <Card flush title={t('audit.otherwise')}>
      <div className={classes.scroll}>
        <table className={list.table}>
          <thead>
            <tr>
              <th>{t('audit.how')}</th>
              <th className={list.end}>{t('audit.machines')}</th>
              <th className={list.end}>{t('audit.cost')}</th>
              <th className={list.end}>{t('audit.perOrders')}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td>{t('audit.asItWas')}</td>
              <td />
              <td className={list.end}>{amount(totals.cost)}</td>
              <td className={list.end}>{amount(totals.costPer10000Orders)}</td>
            </tr>
            <tr>
              <td>{t('audit.onlyForThis')}</td>
              <td />
              <td className={list.end}>{amount(totals.incrementalCost)}</td>
              <td className={list.end}>{amount(totals.incrementalCostPer10000Orders)}</td>
            </tr>
            {(report.baselines ?? []).map((baseline) => (
              <tr key={baseline.id}>
                <td>{t(`audit.baselines.${baseline.id}`, { defaultValue: baseline.id })}</td>
                <td className={list.end}>{wholeNumber(baseline.machines)}</td>
                <td className={list.end}>{amount(baseline.cost)}</td>
                <td className={list.end}>{amount(baseline.costPer10000Orders)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Orders({ orders }: { orders: Schema<'OrdersReport'> }) {
  const { t } = useTranslation('fleet');
  const outcomes = [...new Set(orders.byDestination.flatMap((one) => Object.keys(one.byOutcome)))].sort();
  return (
    <Card
      flush
      title={t('audit.orders')}
      aside={
        <>
          <Moment at={orders.from} /> – <Moment at={orders.to} />
        </>
      }
    >
      <div className={classes.scroll}>
        <table className={list.table}>
          <thead>
            <tr>
              <th>{t('audit.destination')}</th>
              {outcomes.map((outcome) => (
                <th key={outcome} className={list.end}>
                  {t(`audit.outcomes.${outcome}`, { defaultValue: outcome })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {orders.byDestination.map((one) => (
              <tr key={one.destination}>
                <td>{one.destination}</td>
                {outcomes.map((outcome) => (
                  <td key={outcome} className={list.end}>
                    {one.byOutcome[outcome] == null ? '–' : wholeNumber(one.byOutcome[outcome])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Reasons({ report }: { report: Report }) {
  const { t } = useTranslation('fleet');
  const reasons = Object.entries(report.unknown ?? {});
  if (reasons.length === 0) return null;
  return (
    <Card flush title={t('audit.unknown')}>
      <div className={classes.scroll}>
        <table className={list.table}>
          <thead>
            <tr>
              <th>{t('audit.figure')}</th>
              <th>{t('audit.why')}</th>
            </tr>
          </thead>
          <tbody>
            {reasons.map(([figure, reason]) => (
              <tr key={figure}>
                <td>{figure}</td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
