import { useQuery } from '@tanstack/react-query';
import classes from '../shell/Shell.module.css';
import { useApprovalsQuery } from './queries';

/** How many approvals wait for the person at this page, beside the page's name; nothing when none does. */
export function WaitingCount() {
  const { data } = useQuery(useApprovalsQuery());
  const count = data?.items.filter((approval) => approval.mine?.may === true).length ?? 0;
  return count === 0 ? null : (
    <span className={classes.count} data-tone="approval">
      {count}
    </span>
  );
}
