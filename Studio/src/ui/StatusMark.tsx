import { useTranslation } from 'react-i18next';
import { lookOf, statusOf } from './status';
import classes from './StatusMark.module.css';

interface Props {
  /** A state's word as the API has it. */
  status: string;
  /** The word is for screen readers and the tooltip only: where many marks stand close together. */
  iconOnly?: boolean;
  /** On a tinted ground, where it is the main thing said. */
  filled?: boolean;
}

/** A state: icon, word and colour. */
export function StatusMark({ status: word, iconOnly, filled }: Props) {
  const { t } = useTranslation('shell');
  const status = statusOf(word);
  const { tone, icon: Icon, pulse } = lookOf(status);
  const text = t(`status.${status}`);
  return (
    <span
      className={classes.mark}
      data-tone={tone}
      data-pulse={pulse}
      data-filled={filled}
      title={iconOnly ? text : undefined}
    >
      <Icon size={14} stroke={2.2} aria-hidden />
      <span className={iconOnly ? 'visually-hidden' : undefined}>{text}</span>
    </span>
  );
}
