import { Alert, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import type { Again } from './again';
import { valueSaid } from './field';

interface Props {
  earlier: Schema<'RunInputs'>;
  from: Again;
  runbook: Schema<'RunbookDetail'>;
}

/** Whose inputs the form begins with, and what has changed since. */
export function Earlier({ earlier, from, runbook }: Props) {
  const { t } = useTranslation('runs');
  const changed = earlier.digest !== runbook.digest;
  const gone = earlier.inputs
    .filter((one) => from.removed.includes(one.declaration.name))
    .map((one) => `${one.declaration.name} (${valueSaid(t, one.value)})`);
  const lists = [
    ['added', from.added],
    ['removed', gone],
    ['changed', from.changed],
    ['masked', from.masked],
  ] as const;
  return (
    <Alert variant="light" color={changed || from.masked.length > 0 ? 'yellow' : 'blue'} p="xs">
      <Text size="sm">
        {t('startForm.earlier', { run: earlier.run.slice(0, 8), name: earlier.startedBy })}{' '}
        {changed
          ? t('startForm.earlierChanged', { before: earlier.digest.slice(0, 8), now: runbook.digest.slice(0, 8) })
          : t('startForm.earlierSame')}{' '}
        {changed && (
          <Link to="/runbooks/$name/versions" params={{ name: runbook.name }} target="_blank">
            {t('startForm.compare')}
          </Link>
        )}
      </Text>
      {lists.map(
        ([kind, names]) =>
          names.length > 0 && (
            <Text key={kind} size="sm" style={{ overflowWrap: 'anywhere' }}>
              {t(`startForm.${kind}`, { names: names.join(', ') })}
            </Text>
          ),
      )}
    </Alert>
  );
}
