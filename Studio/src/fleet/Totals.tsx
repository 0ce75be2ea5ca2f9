import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { money } from '../ui/money';
import { span } from '../ui/time';
import { wholeNumber } from '../night/figures';
import classes from './Fleet.module.css';

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** What the fleet held, moved, served and cost so far. A figure that is not known says so, and why. */
export function Totals({ report }: { report: Schema<'FleetReport'> }) {
  const { t } = useTranslation('fleet');
  const { totals, currency } = report;
  const amount = (value: number) => money(value, currency);
  const figures: [string, number | null | undefined, (value: number) => string, string][] = [
    ['totals.utilisation', totals.utilisation, percent, t('total.utilisation')],
    ['totals.measuredUtilisation', totals.measuredUtilisation, percent, t('total.measured')],
    ['totals.resourceHoldingHours', totals.resourceHoldingHours, wholeNumber, t('total.holding')],
    ['totals.holdingByHost', totals.holdingByHost?.meanSeconds, (value) => span(value * 1_000), t('total.byHost')],
    ['totals.notOnlineHours', totals.notOnlineHours, wholeNumber, t('total.notOnline')],
    ['totals.cost', totals.cost, amount, t('total.cost')],
    ['totals.incrementalCost', totals.incrementalCost, amount, t('total.incremental')],
    ['totals.orders', totals.orders, wholeNumber, t('total.orders')],
    ['totals.costPer10000Orders', totals.costPer10000Orders, amount, t('total.perOrders')],
    ['totals.shareOfPeakOnCloud', totals.shareOfPeakOnCloud, percent, t('total.cloud')],
    ['totals.nodesMoved', totals.nodesMoved, wholeNumber, t('total.moved')],
  ];
  return (
    <dl className={classes.totals} aria-label={t('total.label')}>
      {figures.map(([path, value, show, name]) => (
        <div key={path} title={report.unknown?.[path]}>
          <dd>
            {value == null
              ? path in (report.unknown ?? {})
                ? t('total.unknown')
                : '–'
              : path in (report.unknown ?? {})
                ? t('total.atLeast', { value: show(value) })
                : show(value)}
          </dd>
          <dt>{name}</dt>
        </div>
      ))}
    </dl>
  );
}
