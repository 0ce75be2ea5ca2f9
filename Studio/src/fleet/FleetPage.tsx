import { SegmentedControl } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../ui/Page';
import { ClustersView } from './ClustersView';
import { LedgerView } from './LedgerView';
import { NodesView } from './NodesView';
import { type FleetView, views } from './search';
import './texts';
import { UnitsView } from './UnitsView';

const route = getRouteApi('/fleet');

/** The fleet: its clusters, their nodes as a map, the ledger of who held what, and the trading units. */
export function FleetPage() {
  const { t } = useTranslation('fleet');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const view = search.view ?? 'clusters';
  const change = (next: typeof search) => void navigate({ search: { ...search, ...next }, replace: true });
  return (
    <Page
      title={t('title')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('view.label')}
          value={view}
          onChange={(next) => void navigate({ search: { ...search, view: next as FleetView } })}
          data={views.map((value) => ({ value, label: t(`view.${value}`) }))}
        />
      }
    >
      {view === 'clusters' && <ClustersView />}
      {view === 'nodes' && <NodesView search={search} change={change} />}
      {view === 'ledger' && <LedgerView run={search.run} choose={(run) => change({ run })} />}
      {view === 'units' && <UnitsView chosen={search.unit} choose={(unit) => change({ unit })} />}
    </Page>
  );
}
