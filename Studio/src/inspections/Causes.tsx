import { IconQuestionMark, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import classes from './Inspections.module.css';
import { placeWord } from './placeWord';

/** Findings that say the same, the most frequent first. */
export function Causes({ causes }: { causes: Schema<'CauseResponse'>[] }) {
  const { t } = useTranslation('inspections');
  if (causes.length === 0) return <p className={classes.dim}>{t('causes.none')}</p>;
  return (
    <ul className={classes.causes}>
      {causes.map((cause) => {
        const failed = cause.verdict === 'failed';
        return (
          <li key={`${cause.check} ${cause.verdict} ${cause.detail}`} data-tone={failed ? 'fail' : 'degrade'}>
            {failed ? <IconX size={15} aria-hidden /> : <IconQuestionMark size={15} aria-hidden />}
            <div>
              <strong>{cause.check === '' ? t('causes.unnamed') : cause.check}</strong>{' '}
              {t(failed ? 'causes.failed' : 'causes.unanswered')}: {cause.detail}
              <div className={classes.dim}>
                {t('causes.count', { count: cause.count })} ·{' '}
                {t('causes.at', {
                  places: cause.places.map((place) => placeWord(place, t)).join(', '),
                })}{' '}
                · {t('causes.units', { units: cause.units.join(', ') })}
              </div>
              {cause.targets.some((target) => target !== '') && (
                <details>
                  <summary>{t('causes.targets')}</summary>
                  <code>{cause.targets.join(' ')}</code>
                </details>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
