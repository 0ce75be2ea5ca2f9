import { Button } from '@mantine/core';
import { IconUrgent } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { HeldBack } from '../emergency/HeldBack';
import '../emergency/texts';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { destinations } from '../routing/navigation';
import type { Tone } from '../ui/status';
import { StatusMark } from '../ui/StatusMark';
import classes from './Wall.module.css';

const tones: Record<string, Tone> = { open: 'approval', approved: 'fail', pulled: 'run', expired: 'skip' };

/** How the emergency handle stands, the way to it, always at the same place, and what an emergency holds back. It is pulled on its own page, where the plan is in sight. */
export function EmergencyPlace({ emergency }: { emergency: Schema<'EmergencyState'> }) {
  const { t } = useTranslation('night');
  const navigate = useNavigate();
  const page = destinations.find((destination) => destination.name === 'emergency');
  return (
    <Card flush title={t('emergency.title')}>
      <Standing emergency={emergency} />
      <HeldBack held={emergency.held} />
      <div className={classes.handle}>
        <span>{t('emergency.says')}</span>
        <Button
          color="red"
          variant="outline"
          size="sm"
          leftSection={<IconUrgent size={16} aria-hidden />}
          style={{ flex: 'none' }}
          onClick={() =>
            void navigate(page == null ? { to: '/runs', search: { runbook: 'emergency-scale-down' } } : { to: page.to })
          }
        >
          {t('emergency.go')}
        </Button>
      </div>
    </Card>
  );
}

function Standing({ emergency }: { emergency: Schema<'EmergencyState'> }) {
  const { t } = useTranslation('night');
  const { state, by, at, validUntil, missing, run, runStatus } = emergency;
  const known = state === 'open' || state === 'approved' || state === 'pulled' || state === 'expired' ? state : 'none';
  return (
    <p className={classes.standing} data-tone={tones[known] ?? 'pending'} data-state={known}>
      <b>{t(`emergency.state.${known}`, { count: missing ?? 0, name: by ?? '' })}</b>
      {known !== 'none' && at != null && (
        <span className={classes.dim}>
          {known === 'pulled' ? (
            <>
              <Moment at={at} as="full" /> · <Moment at={at} as="relative" />
            </>
          ) : (
            <>
              {t('emergency.made', { name: by ?? '' })} <Moment at={at} as="full" />
              {validUntil != null && (
                <>
                  {' · '}
                  {t(known === 'expired' ? 'emergency.expired' : 'emergency.good')} <Moment at={validUntil} as="full" />
                </>
              )}
            </>
          )}
        </span>
      )}
      {run != null && (
        <Link to="/runs/$id" params={{ id: run }}>
          {runStatus == null ? t('emergency.run') : <StatusMark status={runStatus} />}
        </Link>
      )}
    </p>
  );
}
