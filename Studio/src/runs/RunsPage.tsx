import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconPlayerPlay, IconTimelineEvent, IconZoomQuestion } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AccessButton } from '../identity/AccessButton';
import { useRefusal } from '../identity/access';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import { Page } from '../ui/Page';
import { usePaletteItem } from '../ui/palette';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { runsQuery } from './queries';
import { RunsFilter } from './RunsFilter';
import { RunsTable } from './RunsTable';
import type { RunFilters } from './search';
import { StartDialog } from './StartDialog';
import './texts';

const route = getRouteApi('/runs');

/** Runs, with filters that stand in the address. */
export function RunsPage() {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const [starting, start] = useDisclosure(false);
  const { data, error, refetch, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    runsQuery(filters),
  );
  const mayStart = useRefusal('POST /api/runs') == null;
  usePaletteItem(
    mayStart
      ? {
          id: 'start a run',
          group: shell('palette.actions'),
          title: t('start'),
          icon: IconPlayerPlay,
          run: start.open,
        }
      : null,
  );

  const runs = data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.values(filters).some((value) => value != null);
  const change = (next: RunFilters) => void navigate({ search: next, replace: true });
  const startButton = (
    <AccessButton
      access="POST /api/runs"
      size="xs"
      leftSection={<IconPlayerPlay size={14} aria-hidden />}
      onClick={start.open}
    >
      {t('start')}
    </AccessButton>
  );

  return (
    <Page title={t('title')} actions={startButton}>
      <RunsFilter filters={filters} change={change} />
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      <Card flush>
        {isPending && error == null && <Rows count={10} />}
        {data != null && runs.length > 0 && <RunsTable runs={runs} />}
        {data != null && runs.length === 0 && !filtered && (
          <Empty icon={IconTimelineEvent} title={t('list.emptyTitle')} action={startButton}>
            {t('list.empty')}
          </Empty>
        )}
        {data != null && runs.length === 0 && filtered && (
          <Empty
            icon={IconZoomQuestion}
            title={t('list.nothingTitle')}
            action={
              <Button size="xs" variant="default" onClick={() => change({})}>
                {t('filters.clear')}
              </Button>
            }
          >
            {t('list.nothing')}
          </Empty>
        )}
      </Card>
      {hasNextPage && (
        <Group justify="center">
          <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('list.more')}
          </Button>
        </Group>
      )}
      <StartDialog opened={starting} close={start.close} runbook={filters.runbook} />
    </Page>
  );
}
