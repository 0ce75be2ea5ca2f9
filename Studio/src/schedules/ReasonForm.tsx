import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../ui/ProblemNotice';

interface Props {
  title: string;
  says: string;
  act: string;
  danger?: boolean;
  pending: boolean;
  error: unknown;
  submit: (reason: string) => void;
  close: () => void;
}

/** Says what an action does, asks why, and does it. There while it is asked. */
export function ReasonForm({ title, says, act, danger, pending, error, submit, close }: Props) {
  const { t } = useTranslation('schedules');
  const { t: shell } = useTranslation('shell');
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  const send = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (reason.trim() !== '') submit(reason.trim());
  };
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ 'aria-label': shell('action.close') }}>
      <form onSubmit={send} noValidate>
        <Stack gap="sm">
          <Text size="sm">{says}</Text>
          <Textarea
            label={t('reason')}
            description={t('reasonHint')}
            autosize
            minRows={2}
            required
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={sent && reason.trim() === '' ? t('reasonNeeded') : null}
          />
          {error != null && <ProblemNotice error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {shell('action.cancel')}
            </Button>
            <Button type="submit" color={danger ? 'red' : undefined} loading={pending}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
