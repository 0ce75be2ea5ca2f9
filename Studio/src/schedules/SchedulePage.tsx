import { Alert, Button, Text, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCalendarShare } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Page } from '../ui/Page';
import { AskDialog } from './AskDialog';
import { CalendarCard } from './CalendarCard';
import { Freezes } from './Freezes';
import { Overrides } from './Overrides';
import { statusQuery } from './queries';
import classes from './Schedule.module.css';
import './texts';
import { Triggers } from './Triggers';

const route = getRouteApi('/schedule');

/** What starts by the clock: a calendar of fires and freeze windows, the triggers, and who may let one pass. */
export function SchedulePage() {
  const { t } = useTranslation('schedules');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: status } = useQuery(statusQuery);
  const [blocked, setBlocked] = useState<Schema<'CalendarFire'> | null>(null);
  return (
    <Page
      title={t('title')}
      actions={
        <Tooltip label={t('feedHint')}>
          <Button
            size="xs"
            variant="default"
            component="a"
            href="/api/schedules.ics"
            leftSection={<IconCalendarShare size={14} aria-hidden />}
          >
            {t('feed')}
          </Button>
        </Tooltip>
      }
    >
      {status != null && status.state !== 'running' && status.state !== 'starting' && (
        <Alert color="yellow" variant="light" p="xs" icon={<IconAlertTriangle aria-hidden />}>
          <Text size="sm">
            {status.reason == null
              ? t('offNoReason', { state: status.state })
              : t('off', { state: status.state, reason: status.reason })}
          </Text>
        </Alert>
      )}
      <div className={classes.columns}>
        <div className={classes.part}>
          {status != null && (
            <CalendarCard
              search={search}
              now={status.now}
              change={(next) => void navigate({ search: { ...search, ...next }, replace: true })}
              ask={setBlocked}
            />
          )}
          <Triggers />
        </div>
        <div className={classes.part}>
          <Overrides />
          <Freezes />
        </div>
      </div>
      <AskDialog fire={blocked} close={() => setBlocked(null)} />
    </Page>
  );
}
