import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { RunProgress } from '../runs/RunProgress';
import { StepsTree } from '../runs/StepsTree';
import { RunContext, useOpenRun } from '../runs/useRunStore';
import '../runs/texts';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { StatusMark } from '../ui/StatusMark';
import classes from './Emergency.module.css';

/** The run that came of the handle, live. */
export function Pulled({ pulled }: { pulled: Schema<'PulledAnswer'> }) {
  const { t } = useTranslation('emergency');
  const navigate = useNavigate();
  const store = useOpenRun(pulled.run);
  return (
    <RunContext.Provider value={store}>
      <Card
        flush
        title={t('pulled.title')}
        aside={
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<IconArrowRight size={14} aria-hidden />}
            renderRoot={(props) => <Link to="/runs/$id" params={{ id: pulled.run }} {...props} />}
          >
            {t('pulled.open')}
          </Button>
        }
      >
        <div className={classes.live}>
          <div className={classes.liveHead}>
            {pulled.status != null && <StatusMark status={pulled.status} filled />}
            <span>
              {t('pulled.by', { name: pulled.by })}, <Moment at={pulled.at} as="relative" /> · {t('pulled.reason')}:{' '}
              <q>{pulled.reason}</q>
            </span>
          </div>
          <RunProgress />
          <div className={classes.steps}>
            <StepsTree
              selected={null}
              select={(step) => void navigate({ to: '/runs/$id', params: { id: pulled.run }, search: { step } })}
            />
          </div>
        </div>
      </Card>
    </RunContext.Provider>
  );
}
