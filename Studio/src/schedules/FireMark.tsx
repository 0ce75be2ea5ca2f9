import { useTranslation } from 'react-i18next';
import { looks, outcomeOf } from './outcomes';
import classes from './Schedule.module.css';

/** What a fire came to, or will come to: icon, word and colour. */
export function FireMark({ outcome, past }: { outcome: string; past: boolean }) {
  const { t } = useTranslation('schedules');
  const known = outcomeOf(outcome, past);
  const { tone, icon: Icon } = looks[known];
  return (
    <span className={classes.mark} data-tone={tone}>
      <Icon size={13} aria-hidden /> {t(`outcome.${known}`)}
    </span>
  );
}
