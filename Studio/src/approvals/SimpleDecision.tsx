import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../ui/ProblemNotice';

interface Props {
  pending: boolean;
  error: Error | null;
  /** What approving will do. */
  approves: string;
  /** What rejecting will do; absent: it cannot be rejected, only left. */
  rejects?: string;
  say: (approve: boolean, comment: string | undefined) => void;
}

/** Approve or reject what is no step of a run, with what either will do. A rejection says why. */
export function SimpleDecision({ pending, error, approves, rejects, say }: Props) {
  const { t } = useTranslation('approvals');
  const [comment, setComment] = useState('');
  const [refused, setRefused] = useState(false);
  const decide = (approve: boolean) => {
    if (!approve && comment.trim() === '') setRefused(true);
    else say(approve, comment.trim() || undefined);
  };
  return (
    <Stack gap={6}>
      <Text size="sm" c="dimmed">
        {t('approve')}: {approves}
        {rejects != null && (
          <>
            <br />
            {t('reject')}: {rejects}
          </>
        )}
      </Text>
      <Group gap="xs" align="flex-start">
        <TextInput
          size="sm"
          flex="1 1 240px"
          aria-label={t('comment')}
          placeholder={`${t('comment')} – ${t('commentHint')}`}
          value={comment}
          error={refused ? t('commentNeeded') : null}
          onChange={(event) => {
            setComment(event.currentTarget.value);
            setRefused(false);
          }}
        />
        <Button
          size="sm"
          color="green"
          data-approve
          leftSection={<IconCheck size={16} aria-hidden />}
          loading={pending}
          onClick={() => decide(true)}
        >
          {t('approve')}
        </Button>
        {rejects != null && (
          <Button
            size="sm"
            color="red"
            variant="light"
            leftSection={<IconX size={16} aria-hidden />}
            disabled={pending}
            onClick={() => decide(false)}
          >
            {t('reject')}
          </Button>
        )}
      </Group>
      {error != null && <ProblemNotice error={error} />}
    </Stack>
  );
}
