import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { money } from '../ui/money';
import { wholeNumber } from '../night/figures';
import classes from './Fleet.module.css';

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** What the fleet held, moved and cost so far. */
export function Totals({ report }: { report: Schema<'FleetReport'> }) {
  const { t } = useTranslation('fleet');
  const { totals, currency } = report;
  const figures = [
    [totals.utilisation == null ? '–' : percent(totals.utilisation), t('total.utilisation')],
    [wholeNumber(totals.resourceHoldingHours), t('total.holding')],
    [wholeNumber(totals.notOnlineHours), t('total.notOnline')],
    [money(totals.cost, currency), t('total.cost')],
    [
      totals.costPerTransaction == null ? '–' : money(totals.costPerTransaction * 1_000_000, currency),
      t('total.perMillion'),
    ],
    [totals.shareOfPeakOnCloud == null ? '–' : percent(totals.shareOfPeakOnCloud), t('total.cloud')],
    [wholeNumber(totals.nodesMoved), t('total.moved')],
  ];
  return (
    <dl className={classes.totals} aria-label={t('total.label')}>
      {figures.map(([value, name]) => (
        <div key={name}>
          <dd>{value}</dd>
          <dt>{name}</dt>
        </div>
      ))}
    </dl>
  );
}
