import { Button, Stack, Textarea, TextInput } from '@mantine/core';
import { IconUrgent } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../ui/ProblemNotice';
import { sayDone } from '../ui/toasts';
import { usePull } from './queries';
import { mistakes } from './readiness';

interface Props {
  plan: string;
  /** The name that is to be typed. */
  confirm: string;
  triggered: () => void;
}

/** Why, and the fleet's name typed: then it is triggered. */
export function PullForm({ plan, confirm, triggered }: Props) {
  const { t } = useTranslation('emergency');
  const pull = usePull();
  const [reason, setReason] = useState('');
  const [name, setName] = useState('');
  const [sent, setSent] = useState(false);
  const wrong = mistakes({ name, reason }, confirm);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (wrong.length > 0) return;
    pull.mutate(
      { plan, confirm: name, reason: reason.trim() },
      {
        onSuccess: ({ created }) => {
          sayDone(t(created ? 'handle.done' : 'handle.before'));
          triggered();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Textarea
          label={t('handle.reason')}
          description={t('handle.reasonHint')}
          autosize
          minRows={2}
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={sent && wrong.includes('reason') ? t('handle.reasonNeeded') : null}
        />
        <TextInput
          label={t('handle.type', { name: confirm })}
          required
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={sent && wrong.includes('name') ? t('handle.wrong', { name: confirm }) : null}
        />
        {pull.error != null && <ProblemNotice error={pull.error} />}
        <Button
          type="submit"
          color="red"
          size="lg"
          disabled={name !== confirm && !sent}
          loading={pull.isPending}
          leftSection={<IconUrgent size={20} aria-hidden />}
        >
          {t('handle.pull')}
        </Button>
      </Stack>
    </form>
  );
}
