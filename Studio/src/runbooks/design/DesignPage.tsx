import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Rows } from '../../ui/Rows';
import { currentVersionQuery } from '../queries';
import '../texts';
import { DesignSession } from './DesignSession';

const route = getRouteApi('/runbooks/$name');

/** A runbook of the shelf: as it runs today, or as it is being changed here. */
export function DesignPage() {
  const { name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const router = useRouter();
  const here = router.buildLocation({ to: '/runbooks/$name', params: { name } }).pathname;
  // Never begun with a text that was asked for earlier: somebody may have published another one since.
  const { data, error, refetch, isFetchedAfterMount } = useQuery({
    ...currentVersionQuery(name),
    refetchOnMount: 'always',
  });
  if (data == null || !isFetchedAfterMount) {
    return (
      <Page title={name}>
        {error != null ? <ProblemNotice error={error} retry={() => void refetch()} /> : <Rows count={12} />}
      </Page>
    );
  }
  return (
    <DesignSession
      key={name}
      name={name}
      draft={name}
      base={data}
      search={search}
      change={(next) => {
        // The step is written a moment late: whoever is on the way to another page meanwhile must not be called back.
        if (router.latestLocation.pathname !== here) return;
        void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
      }}
    />
  );
}
