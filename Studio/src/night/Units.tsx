import { IconBox, IconCloud, IconDatabase } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import { useNight } from '../ui/nightClock';
import type { Tone } from '../ui/status';
import { span } from '../ui/time';
import { type Phase, phases } from './phases';
import classes from './Units.module.css';

type Unit = Schema<'WallUnit'>;

const tones: Record<Phase, Tone> = {
  planned: 'pending',
  provisioning: 'run',
  provisioned: 'lock',
  ready: 'signal',
  online: 'done',
  draining: 'degrade',
  releasing: 'undo',
  released: 'skip',
  failed: 'fail',
};

/** Columns that are there even when no unit is in them: a life as it goes. */
const always = new Set<Phase>(['provisioning', 'ready', 'online', 'released']);

/** The trading units by where they stand in their life. */
export function Units({ units }: { units: Unit[] }) {
  const { t } = useTranslation('night');
  const shown = phases.filter((phase) => always.has(phase) || units.some((unit) => unit.phase === phase));
  return (
    <Card flush title={t('units.title')}>
      {units.length === 0 ? (
        <Empty icon={IconBox} title={t('units.emptyTitle')}>
          {t('units.empty')}
        </Empty>
      ) : (
        <div className={classes.phases}>
          {shown.map((phase) => {
            const own = units.filter((unit) => unit.phase === phase);
            return (
              <section
                key={phase}
                className={classes.phase}
                data-tone={tones[phase]}
                aria-label={t(`units.phase.${phase}`)}
              >
                <h3>
                  {t(`units.phase.${phase}`)} <span>{own.length}</span>
                </h3>
                {own.map((unit) => (
                  <Chip key={unit.id} unit={unit} />
                ))}
              </section>
            );
          })}
        </div>
      )}
    </Card>
  );
}

function Chip({ unit }: { unit: Unit }) {
  const { t } = useTranslation('night');
  const Icon = unit.kind === 'cloud' ? IconCloud : IconDatabase;
  return (
    <article className={classes.unit}>
      <span className={classes.name}>
        <Icon size={15} aria-hidden /> <strong>{unit.id}</strong>
      </span>
      <small>
        {t(unit.kind === 'cloud' ? 'units.cloud' : 'units.big-data')} · {t('units.hosts', { count: unit.hosts })}
      </small>
      <small>
        {unit.timeToReadySeconds != null
          ? t('units.ready', { span: span(unit.timeToReadySeconds * 1_000) })
          : unit.plannedAt != null && <Building since={unit.plannedAt} />}
      </small>
      {unit.weight > 0 && <small className={classes.weight}>{t('units.weight', { weight: unit.weight })}</small>}
      {unit.findings.length > 0 && (
        <small data-tone="fail" className={classes.findings} title={unit.findings.join('\n')}>
          ⚠ {t('units.findings', { count: unit.findings.length })}
        </small>
      )}
    </article>
  );
}

function Building({ since }: { since: string }) {
  const { t } = useTranslation('night');
  const now = useNight();
  return now == null ? null : t('units.building', { span: span(now - Date.parse(since)) });
}
