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
export function Triggered({ triggered }: { triggered: Schema<'TriggeredResponse'> }) {
  const { t } = useTranslation('emergency');
  const navigate = useNavigate();
  const store = useOpenRun(triggered.run);
  return (
    <RunContext.Provider value={store}>
      <Card
        flush
        title={t('triggered.title')}
        aside={
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<IconArrowRight size={14} aria-hidden />}
            renderRoot={(props) => <Link to="/runs/$id" params={{ id: triggered.run }} {...props} />}
          >
            {t('triggered.open')}
          </Button>
        }
      >
        <div className={classes.live}>
          <div className={classes.liveHead}>
            {triggered.status != null && <StatusMark status={triggered.status} filled />}
            <span>
              {t('triggered.by', { name: triggered.by })}, <Moment at={triggered.at} as="relative" /> ·{' '}
              {t('triggered.reason')}: <q>{triggered.reason}</q>
            </span>
          </div>
          <RunProgress />
          <div className={classes.steps}>
            <StepsTree
              selected={null}
              select={(step) => void navigate({ to: '/runs/$id', params: { id: triggered.run }, search: { step } })}
            />
          </div>
        </div>
      </Card>
    </RunContext.Provider>
  );
}
