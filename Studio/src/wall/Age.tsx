import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Moment } from '../ui/Moment';
import classes from './Headline.module.css';

interface Props {
  at: string | null | undefined;
  /** It is too old to say anything of now. */
  stale: boolean;
  /** Why there is no newer one. */
  error?: string | null;
}

/** How old a figure is, and that it is stale where it is. */
export function Age({ at, stale, error }: Props) {
  const { t } = useTranslation('night');
  // What was never read is not old.
  const old = stale && at != null;
  const said = (
    <span className={classes.age} data-tone={old ? 'pause' : undefined} data-stale={old}>
      {old && <b>{t('age.stale')} </b>}
      {at == null ? t('age.never') : <Moment at={at} as="relative" />}
    </span>
  );
  return error == null ? (
    said
  ) : (
    <Tooltip label={t('age.error', { error })} multiline w={320} withArrow>
      {said}
    </Tooltip>
  );
}
