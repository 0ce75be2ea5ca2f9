import { Alert, Button, Group, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem';
import { errorSaid } from '../i18n/server';
import { openSignIn } from './signInDialog';
import { fixOf } from './fix';

interface Props {
  error: unknown;
  /** Tries again what failed. */
  retry?: () => void;
}

/** What went wrong, why, and what to do about it. */
export function ProblemNotice({ error, retry }: Props) {
  const { t } = useTranslation('shell');
  const problem = error instanceof Problem ? error : null;
  const unreachable = problem?.code === 'unreachable';
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={unreachable ? t('error.unreachable') : t('error.title')}
    >
      {!unreachable && (
        <Text size="sm">
          {error instanceof Error ? errorSaid({ code: problem?.code ?? '', message: error.message }) : String(error)}
        </Text>
      )}
      {problem != null && problem.diagnostics.length > 0 && (
        <List size="sm" mt="xs">
          {problem.diagnostics.map((line) => (
            <List.Item key={`${line.line}:${line.column}:${line.code}`}>
              {line.line}:{line.column} {line.message}
            </List.Item>
          ))}
        </List>
      )}
      <Text size="sm" c="dimmed" mt={4}>
        {t(fixOf(problem))}
      </Text>
      <Group gap="xs" mt="xs">
        {problem?.code === 'who-are-you' && (
          <Button size="xs" onClick={openSignIn}>
            {t('action.signIn')}
          </Button>
        )}
        {retry != null && (
          <Button size="xs" variant="default" onClick={retry}>
            {t('action.retry')}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
