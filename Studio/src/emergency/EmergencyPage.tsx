import { Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconClipboardList } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { AccessButton } from '../identity/AccessButton';
import { useIdentity } from '../identity/identity';
import { Card } from '../ui/Card';
import { Page } from '../ui/Page';
import { usePaletteItem } from '../ui/palette';
import { ProblemNotice } from '../ui/ProblemNotice';
import type { Tone } from '../ui/status';
import { Approvals } from './Approvals';
import classes from './Emergency.module.css';
import { Handle } from './Handle';
import { MakePlan } from './MakePlan';
import { PlanCard } from './PlanCard';
import { Triggered } from './Triggered';
import { HeldBack } from './HeldBack';
import { emergencyQuery, heldQuery } from './queries';
import './texts';

const states = ['open', 'approved', 'triggered', 'expired'] as const;
const tones: Record<(typeof states)[number], Tone> = {
  open: 'approval',
  approved: 'fail',
  triggered: 'run',
  expired: 'skip',
};

/** The emergency handle: what it would take down, who approved that, the handle under its cover, and what comes of pulling it. */
export function EmergencyPage() {
  const { t } = useTranslation('emergency');
  const { t: shell } = useTranslation('shell');
  const person = useIdentity();
  const { data, error, refetch } = useQuery(emergencyQuery(person));
  const { data: held } = useQuery(heldQuery);
  const [making, make] = useDisclosure(false);
  const state = states.find((known) => known === data?.plan?.state);
  const makeText = t(data?.plan == null ? 'make.open' : 'make.again');
  usePaletteItem({
    id: 'emergency plan',
    group: shell('palette.actions'),
    title: makeText,
    icon: IconClipboardList,
    run: make.open,
  });
  return (
    <Page
      title={t('title')}
      mark={
        data != null && (
          <span className={classes.state} data-tone={state == null ? 'pending' : tones[state]}>
            {t(`state.${state ?? 'none'}`)}
          </span>
        )
      }
      actions={
        <AccessButton
          access="POST /api/emergency/plan"
          size="xs"
          variant={data?.plan == null ? 'filled' : 'default'}
          leftSection={<IconClipboardList size={14} aria-hidden />}
          onClick={make.open}
        >
          {makeText}
        </AccessButton>
      }
    >
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && (
        <div className={classes.columns} aria-busy="true">
          <Skeleton height={420} radius={10} />
          <Skeleton height={320} radius={10} />
        </div>
      )}
      {data != null && (
        <>
          {data.plan?.triggered != null && <Triggered key={data.plan.triggered.run} triggered={data.plan.triggered} />}
          {held != null && held.runs.length + held.triggers.length > 0 && (
            <Card flush>
              <HeldBack held={held} />
            </Card>
          )}
          <div className={classes.columns}>
            <div className={classes.part}>
              <PlanCard answer={data} />
            </div>
            <div className={classes.part}>
              <Approvals answer={data} />
              <Handle answer={data} />
            </div>
          </div>
        </>
      )}
      <MakePlan opened={making} close={make.close} />
    </Page>
  );
}
