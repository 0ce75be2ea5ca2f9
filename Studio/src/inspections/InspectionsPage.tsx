import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Card } from '../ui/Card';
import { Page } from '../ui/Page';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Causes } from './Causes';
import { Heat } from './Heat';
import { History } from './History';
import { InspectButton } from './InspectButton';
import { heatQuery } from './queries';
import './texts';

const route = getRouteApi('/inspections');

/** What is wrong with the units, where and why; how it was before; and inspecting again. */
export function InspectionsPage() {
  const { t } = useTranslation('inspections');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: heat, error, refetch } = useQuery(heatQuery);
  return (
    <Page title={t('title')} actions={<InspectButton units={[]} label={t('inspect')} />}>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {heat == null && error == null && <Skeleton height={240} radius={10} />}
      {heat != null && (
        <>
          <Heat heat={heat} />
          {heat.causes.length > 0 && (
            <Card title={t('causes.title')}>
              <Causes causes={heat.causes} />
            </Card>
          )}
        </>
      )}
      <History
        search={search}
        places={heat?.places.map((place) => place.place) ?? []}
        change={(next) => void navigate({ search: { ...search, ...next }, replace: true })}
      />
    </Page>
  );
}
