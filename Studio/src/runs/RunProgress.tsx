import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { StatusMark } from '../ui/StatusMark';
import { lookOf, type Status, statuses } from '../ui/status';
import { plannedQuery } from './queries';
import { remainingOf } from './remaining';
import classes from './RunPage.module.css';
import { hasEnded } from './stepModel';
import './texts';
import { useRevision, useRunStore } from './useRunStore';

/** How many steps are in which state, those that have not begun too, as a bar and in figures. */
export function RunProgress() {
  const { t } = useTranslation('shell');
  const { t: runs } = useTranslation('runs');
  const store = useRunStore();
  useRevision();
  const { data: planned } = useQuery(plannedQuery(store.run));
  // Before the steps are loaded nothing of them is known to have begun.
  const remaining = planned == null || !store.loaded ? { steps: 0, more: false } : remainingOf(planned, store);
  const counts = new Map<Status, number>(store.counts);
  if (remaining.steps > 0) counts.set(store.ended ? 'not-run' : 'pending', remaining.steps);
  const has = (status: Status) => (counts.get(status) ?? 0) > 0;
  // From what has ended over what goes on to what has not begun.
  const order = (status: Status) => (hasEnded(status) ? 0 : status === 'pending' || status === 'not-run' ? 2 : 1);
  const present = statuses.filter(has).sort((a, b) => order(a) - order(b));
  const all = present.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
  const ended = present.filter(hasEnded).reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
  return (
    <div className={classes.progress}>
      <div
        className={classes.meter}
        role="img"
        aria-label={runs(remaining.more ? 'run.progressAtLeast' : 'run.progress', { done: ended, all })}
      >
        {present.map((status) => (
          <i
            key={status}
            data-tone={lookOf(status).tone}
            data-open={status === 'pending' || status === 'not-run' || undefined}
            style={{ flexGrow: counts.get(status) }}
          />
        ))}
      </div>
      {present.map((status) => (
        <span key={status} className={classes.count} title={t(`status.${status}`)}>
          <StatusMark status={status} iconOnly /> {counts.get(status)}
          {status === 'pending' && remaining.more && '+'}
        </span>
      ))}
    </div>
  );
}
