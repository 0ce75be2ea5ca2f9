import { Alert, Anchor } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './StartForm.module.css';

interface Props {
  wrong: { name: string; said: string; go: () => void }[];
  /** What the server said that belongs to no field. */
  rest: unknown;
}

/** Everything that is wrong, above the fields, with the way to each. */
export function Summary({ wrong, rest }: Props) {
  const { t } = useTranslation('runs');
  return (
    <>
      {rest != null && <ProblemNotice error={rest} />}
      {wrong.length > 0 && (
        <Alert
          role="alert"
          color="red"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title={t('startForm.problems', { count: wrong.length })}
        >
          <ul className={classes.summary}>
            {wrong.map(({ name, said, go }) => (
              <li key={name}>
                <Anchor component="button" type="button" size="sm" fw={600} c="inherit" underline="always" onClick={go}>
                  {name}
                </Anchor>
                : {said}
              </li>
            ))}
          </ul>
        </Alert>
      )}
    </>
  );
}
