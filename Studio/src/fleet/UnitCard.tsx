import { CloseButton, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { useKey } from '../ui/keys';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { span } from '../ui/time';
import { phaseWord } from '../night/phases';
import classes from './Fleet.module.css';
import { unitQuery } from './queries';

/** One unit in full. */
export function UnitCard({ unit, close }: { unit: string | undefined; close: () => void }) {
  const { t } = useTranslation('fleet');
  return unit == null ? (
    <Card>
      <Text size="sm" c="dimmed">
        {t('unit.choose')}
      </Text>
    </Card>
  ) : (
    <Chosen unit={unit} close={close} />
  );
}

function Chosen({ unit, close }: { unit: string; close: () => void }) {
  const { t } = useTranslation('fleet');
  const { data, error, refetch } = useQuery(unitQuery(unit));
  useKey('Escape', t('unit.close'), close);
  return (
    <Card
      title={t('unit.title', { id: unit })}
      aside={<CloseButton size="sm" aria-label={t('unit.close')} onClick={close} />}
    >
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={6} />}
      {data != null && <Detail detail={data} />}
    </Card>
  );
}

function Detail({ detail }: { detail: Schema<'UnitDetail'> }) {
  const { t } = useTranslation('fleet');
  const { t: wall } = useTranslation('night');
  return (
    <div className={classes.detail}>
      <p>
        <strong>{phaseWord(detail.phase, wall)}</strong> · {wall('units.hosts', { count: detail.hosts })}
        {detail.cluster != null && ` · ${detail.cluster}`}
        {detail.weight > 0 && ` · ${wall('units.weight', { weight: detail.weight })}`}
      </p>
      {detail.failure != null && <p data-tone="fail">{t('unit.failure', { reason: detail.failure })}</p>}
      {detail.endpoints.length > 0 && (
        <p>
          {t('unit.endpoints')}: <code>{detail.endpoints.join(' ')}</code>
        </p>
      )}
      <h3>{t('unit.lives')}</h3>
      <ol>
        {detail.lives.map((life) => (
          <li key={life.planned}>
            {t('unit.planned')} <Moment at={life.planned} as="full" />
            {life.provisioned != null && (
              <>
                {' → '}
                {t('unit.provisioned')} <Moment at={life.provisioned} />
              </>
            )}
            {life.ready != null && (
              <>
                {' → '}
                {t('unit.ready')} <Moment at={life.ready} />
                {life.timeToReadySeconds != null && ` (${span(life.timeToReadySeconds * 1_000)})`}
              </>
            )}
            {life.released != null && (
              <>
                {' → '}
                {t('unit.released')} <Moment at={life.released} as="full" />
              </>
            )}{' '}
            ·{' '}
            <Link to="/runs/$id" params={{ id: life.run }} search={{ step: life.path }}>
              {t('unit.life')}
            </Link>
          </li>
        ))}
      </ol>
      <h3>{t('unit.inspections')}</h3>
      {detail.inspections.length === 0 && <p>{t('unit.never')}</p>}
      <ul>
        {detail.inspections.slice(0, 5).map((one) => (
          <li key={one.id} data-tone={one.passed ? 'done' : 'fail'}>
            {one.passed ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}{' '}
            <Link to="/inspections" search={{ unit: detail.id }}>
              <Moment at={one.at} as="full" />
            </Link>{' '}
            {one.passed
              ? t('unit.passed')
              : t('unit.failed', { count: one.failed + one.unanswered, checks: one.checks })}
          </li>
        ))}
      </ul>
      <h3>{t('unit.resources')}</h3>
      {detail.resources == null || detail.resources.length === 0 ? (
        <p>{t('unit.noResources')}</p>
      ) : (
        <ul className={classes.resources}>
          {detail.resources.map((one) => (
            <li key={`${one.type} ${one.name}`}>
              <strong>{one.name}</strong> <code>{one.type}</code>
              {one.pending != null && <span data-tone="run"> {t('unit.pending', { operation: one.pending })}</span>}
              {one.dependsOn.length > 0 && <small> {t('unit.after', { names: one.dependsOn.join(', ') })}</small>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
