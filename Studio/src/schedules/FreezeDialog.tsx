import { Button, Group, Modal, SegmentedControl, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../ui/ProblemNotice';
import { useZone, zoneName } from '../ui/time';
import { sayDone } from '../ui/toasts';
import { triggersQuery, useAddFreeze } from './queries';
import { RangeFields } from './RangeFields';
import { newRange, rangeOf } from './ranges';
import classes from './Schedule.module.css';

/** Adds a freeze window: stretches of time, once or again and again. */
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
  const [ranges, setRanges] = useState(() => [newRange(zone)]);
  const [runbooks, setRunbooks] = useState<string[]>([]);
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  const read = ranges.map((range) => rangeOf(range, zone));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    const complete = read.filter((range) => range != null);
    if (complete.length < ranges.length || name.trim() === '' || reason.trim() === '') return;
    add.mutate(
      {
        name: name.trim(),
        kind,
        ranges: complete,
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
        {ranges.map((range, index) => (
          <RangeFields
            key={index}
            number={index + 1}
            range={range}
            zone={zone}
            wrong={sent && read[index] == null ? t(`range.wrong.${range.kind}`) : null}
            change={(next) => setRanges(ranges.with(index, next))}
            remove={ranges.length === 1 ? null : () => setRanges(ranges.toSpliced(index, 1))}
          />
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          className={classes.another}
          onClick={() => setRanges([...ranges, newRange(zone)])}
        >
          {t('range.another')}
        </Button>
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
