import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Moment } from '../ui/Moment';
import { StatusMark } from '../ui/StatusMark';
import { span } from '../ui/time';
import classes from './StepDetail.module.css';
import { errorSaid } from '../i18n/server';

const states: Record<string, string> = { running: 'running', done: 'done', failed: 'failed', 'given-up': 'cancelled' };

/** What was tried, when, how long it took, and how it went. */
export function Attempts({ attempts }: { attempts: Schema<'AttemptResponse'>[] }) {
  const { t } = useTranslation('runs');
  return (
    <ol className={classes.attempts}>
      {attempts.map((attempt) => (
        <li key={`${attempt.undo} ${attempt.number}`}>
          <span className={classes.number}>
            {attempt.undo ? `${t('step.undo')} ` : ''}#{attempt.number}
          </span>
          <StatusMark status={states[attempt.outcome] ?? 'unknown'} />
          <Moment at={attempt.at} />
          {attempt.seconds != null && <span>{span(attempt.seconds * 1_000)}</span>}
          {attempt.error != null && (
            <Text size="xs" c="dimmed" w="100%">
              {attempt.error.code}: {errorSaid(attempt.error)}
            </Text>
          )}
        </li>
      ))}
    </ol>
  );
}
