import { Button, Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIdentity } from '../identity/identity';
import { openSignIn } from '../ui/signInDialog';
import { ProblemNotice } from '../ui/ProblemNotice';
import { whyNotDecide } from './calendar';

/** Approve or reject what somebody else asked for, or why not. */
export function Decision({
  asked,
  pending,
  error,
  say,
}: {
  asked: { status: string; requestedBy: string };
  pending: boolean;
  error: Error | null;
  say: (approve: boolean, comment: string | undefined) => void;
}) {
  const { t } = useTranslation('schedules');
  const person = useIdentity();
  const [comment, setComment] = useState('');
  const whyNot = whyNotDecide(asked, person);
  if (whyNot === 'decided') return null;
  if (whyNot != null)
    return (
      <Text size="xs" c="dimmed" component="div">
        {whyNot === 'signIn' ? (
          <Button size="compact-xs" variant="light" onClick={openSignIn}>
            {t('override.whyNot.signIn')}
          </Button>
        ) : (
          t(`override.whyNot.${whyNot}`)
        )}
      </Text>
    );
  const decide = (approve: boolean) => say(approve, comment.trim() || undefined);
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <TextInput
          size="xs"
          flex={1}
          aria-label={t('override.comment')}
          placeholder={t('override.comment')}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Button size="xs" color="green" loading={pending} onClick={() => decide(true)}>
          {t('override.approve')}
        </Button>
        <Button size="xs" color="red" variant="light" disabled={pending} onClick={() => decide(false)}>
          {t('override.reject')}
        </Button>
      </Group>
      {error != null && <ProblemNotice error={error} />}
    </>
  );
}
