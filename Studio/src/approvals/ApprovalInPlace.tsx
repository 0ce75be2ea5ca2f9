import { useQuery } from '@tanstack/react-query';
import { ApprovalCard } from './ApprovalCard';
import { useApprovalsQuery } from './queries';

/** The approval that a run waits at, where the run is looked at. */
export function ApprovalInPlace({ run, path }: { run: string; path: string }) {
  const { data } = useQuery(useApprovalsQuery());
  const approval = data?.items.find((one) => one.run === run && one.path === path);
  return approval == null ? null : <ApprovalCard approval={approval} inRun />;
}
