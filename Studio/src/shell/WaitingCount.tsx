import { useQuery } from '@tanstack/react-query';
import classes from './Shell.module.css';
import { useDecisionsQuery } from '../approvals/queries';

/** How many decisions wait for the person at this page, beside the page's name; nothing when none does. */
export function WaitingCount() {
  const { data } = useQuery(useDecisionsQuery());
  const count = data?.items.filter((one) => one.mine?.may === true).length ?? 0;
  return count === 0 ? null : (
    <span className={classes.count} data-tone="approval">
      {count}
    </span>
  );
}
