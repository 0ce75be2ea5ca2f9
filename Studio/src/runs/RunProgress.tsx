import { useTranslation } from 'react-i18next';
import { StatusMark } from '../shell/StatusMark';
import { lookOf, statuses } from '../shell/status';
import classes from './RunPage.module.css';
import { useRevision, useRunStore } from './useRunStore';

/** How many steps are in which state, as a bar and in figures. */
export function RunProgress() {
  const { t } = useTranslation('shell');
  const store = useRunStore();
  useRevision();
  const present = statuses.filter((status) => (store.counts.get(status) ?? 0) > 0);
  return (
    <div className={classes.progress}>
      <div className={classes.meter} aria-hidden>
        {present.map((status) => (
          <i key={status} data-tone={lookOf(status).tone} style={{ flexGrow: store.counts.get(status) }} />
        ))}
      </div>
      {present.map((status) => (
        <span key={status} className={classes.count} title={t(`status.${status}`)}>
          <StatusMark status={status} iconOnly /> {store.counts.get(status)}
        </span>
      ))}
    </div>
  );
}
