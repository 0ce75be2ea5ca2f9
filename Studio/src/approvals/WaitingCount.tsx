import { useQuery } from '@tanstack/react-query';
import { useIdentity } from '../identity/identity';
import classes from '../shell/Shell.module.css';
import { mayDecide } from './mayDecide';
import { approvalsQuery } from './queries';

/** How many approvals wait for the person at this page, beside the page's name; nothing when none does. */
export function WaitingCount() {
  const person = useIdentity();
  const { data } = useQuery(approvalsQuery);
  const count = data?.items.filter((approval) => mayDecide(approval, person).may).length ?? 0;
  return count === 0 ? null : (
    <span className={classes.count} data-tone="approval">
      {count}
    </span>
  );
}
