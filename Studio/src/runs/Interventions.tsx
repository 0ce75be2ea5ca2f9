import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { eventName } from '../i18n/server';
import { Moment } from '../ui/Moment';
import classes from './RunPage.module.css';

const shown = 3;
const tones: Record<string, string> = { 'undo-started': 'undo', 'locks-lost': 'fail', 'run-paused': 'pause' };

/** Who did what to the run, and why, the last first: a run that was taken back does not say it by itself. */
export function Interventions({ all }: { all: readonly Schema<'Intervention'>[] }) {
  const { t } = useTranslation('runs');
  if (all.length === 0) return null;
  return (
    <ul className={classes.interventions} aria-label={t('intervention.label')}>
      {all
        .slice(-shown)
        .toReversed()
        .map((one) => (
          <li key={`${one.at} ${one.kind}`} data-tone={tones[one.kind] ?? 'skip'}>
            <Text size="sm" span>
              <b>{said(one)}</b>
              {one.reason != null && one.reason !== '' && `: ${one.reason}`} · <Moment at={one.at} as="full" />
              {one.run != null && (
                <>
                  {' '}
                  ·{' '}
                  <Link to="/runs/$id" params={{ id: one.run }}>
                    {t('intervention.takenBy')}
                  </Link>
                </>
              )}
            </Text>
          </li>
        ))}
    </ul>
  );

  function said({ kind, by }: Schema<'Intervention'>): string {
    if (by === policy) return t('intervention.byPolicy');
    const name = by ?? t('intervention.somebody');
    switch (kind) {
      case 'run-paused':
      case 'run-resumed':
      case 'cancel-requested':
      case 'undo-started':
      case 'locks-lost':
      case 'run-reopened':
        return t(`intervention.${kind}`, { name });
      default:
        return `${eventName(kind)} · ${name}`;
    }
  }
}

/** Whom the journal names where the runbook's `onFailure` asked, and nobody. */
const policy = 'onFailure: undo';
