import { IconCheck, IconCircleCheck, IconStethoscope, IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import { heatOf, ofPlace, worstOf } from './heat';
import classes from './Inspections.module.css';
import { InspectButton } from './InspectButton';
import { placeWord } from './placeWord';

type HeatMap = Schema<'HeatMapResponse'>;

/** Units by place against the checks that did not pass somewhere; a cell's figure says how many, its warmth how bad. */
export function Heat({ heat }: { heat: HeatMap }) {
  const { t } = useTranslation('inspections');
  return (
    <Card flush title={t('heat.title')} aside={<span className={classes.dim}>{t('heat.hint')}</span>}>
      {heat.neverInspected.length > 0 && (
        <p className={classes.never}>
          {t('heat.never', { units: heat.neverInspected.join(', ') })}{' '}
          <InspectButton compact units={heat.neverInspected} label={t('inspectOne')} />
        </p>
      )}
      {heat.places.length === 0 && heat.neverInspected.length === 0 && (
        <Empty icon={IconStethoscope} title={t('heat.emptyTitle')}>
          {t('heat.empty')}
        </Empty>
      )}
      {heat.places.length > 0 && <Table heat={heat} />}
      {heat.places.length > 0 && heat.checks.length === 0 && (
        <p className={classes.well} data-tone="done">
          <IconCircleCheck size={16} aria-hidden /> {t('heat.allPassed')}
        </p>
      )}
    </Card>
  );
}

function Table({ heat }: { heat: HeatMap }) {
  const { t } = useTranslation('inspections');
  const worst = worstOf(heat);
  return (
    <div className={classes.scroll}>
      <table className={classes.heat}>
        <thead>
          <tr>
            <th>{t('heat.place')}</th>
            <th>{t('heat.verdict')}</th>
            {heat.checks.map((check) => (
              <th key={check} className={classes.check}>
                {check === '' ? t('causes.unnamed') : check}
              </th>
            ))}
            <th />
          </tr>
        </thead>
        <tbody>
          {heat.places.map((place) => (
            <Fragment key={place.place}>
              <tr className={classes.place}>
                <th scope="rowgroup">{placeWord(place.place, t)}</th>
                <td>{t('heat.units', { count: place.units, ready: place.ready })}</td>
                {ofPlace(place, heat.checks.length).map((cell, column) => (
                  <td key={heat.checks[column]} className={classes.sum}>
                    {cell.failed + cell.unanswered || ''}
                  </td>
                ))}
                <td />
              </tr>
              {place.rows.map((row) => (
                <tr key={row.unit}>
                  <th scope="row">
                    <Link to="/inspections" search={{ unit: row.unit, open: row.inspection }}>
                      {row.unit}
                    </Link>
                  </th>
                  <td>
                    <span className={classes.verdict} data-tone={row.passed ? 'done' : 'fail'}>
                      {row.passed ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}
                      {t(row.passed ? 'heat.passed' : 'heat.notPassed')}
                    </span>{' '}
                    <span className={classes.dim}>{t('heat.checks', { count: row.checks })}</span>
                  </td>
                  {row.cells.map((cell, column) => (
                    <td
                      key={heat.checks[column]}
                      className={classes.cell}
                      data-tone="fail"
                      data-heat={heatOf(cell, worst)}
                      title={t('heat.cell', { ...cell })}
                    >
                      <span aria-hidden>{cell.failed + cell.unanswered || '·'}</span>
                      <span className="visually-hidden">{t('heat.cell', { ...cell })}</span>
                    </td>
                  ))}
                  <td className={classes.again}>
                    <InspectButton compact units={[row.unit]} label={t('inspectOne')} />
                  </td>
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}
