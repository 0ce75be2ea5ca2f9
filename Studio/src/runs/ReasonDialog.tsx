import { Alert, Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type RunAction, useAct } from './actions';
import { sayDone } from '../ui/toasts';

export interface Asked {
  action: RunAction;
  /** The step, for retry and skip. */
  path?: string;
}

interface Props {
  run: string;
  runbook: string;
  /** What is about to be done; null: nothing, closed. */
  asked: Asked | null;
  close: () => void;
}

/** What cannot simply be taken back wants a reason, and what touches a whole night wants the name typed. */
const needsReason: Record<RunAction, boolean> = {
  pause: false,
  resume: false,
  retry: false,
  skip: true,
  cancel: true,
  undo: true,
};
const needsName: Record<RunAction, boolean> = {
  pause: false,
  resume: false,
  retry: false,
  skip: false,
  cancel: true,
  undo: true,
};

/** Says what an action does, asks why, and does it. */
export function ReasonDialog({ run, runbook, asked, close }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  return (
    <Modal
      opened={asked != null}
      onClose={close}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
      title={asked == null || asked.action === 'resume' ? '' : t(`action.${asked.action}Title`)}
    >
      {asked != null && <Body run={run} runbook={runbook} asked={asked} close={close} />}
    </Modal>
  );
}

function Body({ run, runbook, asked: { action, path }, close }: Props & { asked: Asked }) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const act = useAct();
  const [reason, setReason] = useState('');
  const [name, setName] = useState('');
  const [sent, setSent] = useState(false);
  const noReason = needsReason[action] && reason.trim() === '';
  const noName = needsName[action] && name !== runbook;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (noReason || noName) return;
    act.mutate(
      { run, action, path, reason: reason.trim() || undefined },
      {
        onSuccess: () => {
          sayDone(t(`action.done.${action}`));
          close();
        },
      },
    );
  };

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {path != null && (
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            {path === '' ? runbook : path}
          </Text>
        )}
        {action !== 'resume' &&
          (needsName[action] ? (
            <Alert color="red" variant="light" p="xs">
              <Text size="sm">{t(`action.${action}Says`)}</Text>
            </Alert>
          ) : (
            <Text size="sm">{t(`action.${action}Says`)}</Text>
          ))}
        <Textarea
          label={t('action.reason')}
          description={t('action.reasonHint')}
          autosize
          minRows={2}
          data-autofocus
          value={reason}
          required={needsReason[action]}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={sent && noReason ? t('action.reasonNeeded') : null}
        />
        {needsName[action] && (
          <TextInput
            label={t('action.typeName', { name: runbook })}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="off"
            error={sent && noName ? t('action.typeName', { name: runbook }) : null}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {shell('action.cancel')}
          </Button>
          <Button
            type="submit"
            loading={act.isPending}
            color={needsName[action] ? 'red' : undefined}
            disabled={noName && !sent}
          >
            {t(`action.${action}`)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
