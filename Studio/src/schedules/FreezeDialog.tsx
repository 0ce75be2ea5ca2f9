import { Button, Group, Modal, SegmentedControl, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useZone, zoneName } from '../shell/time';
import { sayDone } from '../shell/toasts';
import { momentIn } from './calendar';
import { triggersQuery, useAddFreeze } from './queries';

/** Adds a freeze window of one stretch of time. */
export function FreezeDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation('schedules');
  const { t: shell } = useTranslation('shell');
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('freeze.addTitle')}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
    >
      <Form close={close} />
    </Modal>
  );
}

function Form({ close }: { close: () => void }) {
  const { t } = useTranslation('schedules');
  const { t: shell } = useTranslation('shell');
  const zone = zoneName(useZone());
  const { data: triggers } = useQuery(triggersQuery);
  const add = useAddFreeze();
  const [name, setName] = useState('');
  const [kind, setKind] = useState('block');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [runbooks, setRunbooks] = useState<string[]>([]);
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  const begin = momentIn(from, zone);
  const end = momentIn(to, zone);
  const wrongTimes = begin == null || end == null || Date.parse(end) <= Date.parse(begin);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (wrongTimes || name.trim() === '' || reason.trim() === '') return;
    add.mutate(
      {
        name: name.trim(),
        kind,
        ranges: [{ kind: 'absolute', from: begin, to: end }],
        runbooks,
        reason: reason.trim(),
      },
      {
        onSuccess: () => {
          sayDone(t('freeze.added'));
          close();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          label={t('freeze.name')}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={sent && name.trim() === '' ? t('freeze.nameNeeded') : null}
        />
        <SegmentedControl
          aria-label={t('freeze.kind')}
          value={kind}
          onChange={setKind}
          data={[
            { value: 'block', label: t('freeze.block') },
            { value: 'allow-only', label: t('freeze.allowOnly') },
          ]}
        />
        <Group grow align="start">
          <TextInput
            type="datetime-local"
            label={t('freeze.from')}
            required
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
            error={sent && wrongTimes ? t('freeze.wrongTimes') : null}
          />
          <TextInput
            type="datetime-local"
            label={t('freeze.to')}
            required
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
        </Group>
        <Text size="xs" c="dimmed">
          {t('freeze.zone', { zone })}
        </Text>
        <TagsInput
          label={t('freeze.runbooks')}
          description={t('freeze.runbooksHint')}
          data={[...new Set(triggers?.items.map((one) => one.runbook) ?? [])]}
          value={runbooks}
          onChange={setRunbooks}
          acceptValueOnBlur
        />
        <Textarea
          label={t('reason')}
          description={t('reasonHint')}
          required
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={sent && reason.trim() === '' ? t('reasonNeeded') : null}
        />
        <Text size="xs" c="dimmed">
          {t('freeze.needRole')}
        </Text>
        {add.error != null && <ProblemNotice error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {shell('action.cancel')}
          </Button>
          <Button type="submit" loading={add.isPending}>
            {t('freeze.add')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
