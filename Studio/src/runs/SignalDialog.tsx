import {
  Autocomplete,
  Button,
  Group,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, take } from '../api/client';
import { AccessButton } from '../identity/AccessButton';
import { ProblemNotice } from '../ui/ProblemNotice';
import { sayDone } from '../ui/toasts';
import { wrongSaid } from './start/field';
import classes from './start/StartForm.module.css';
import { type EntryType, entryTypes, type Read, readEntry } from './start/fields';

interface Props {
  run: string;
  /** The signal, as the step names it; '': it is asked for; null: closed. */
  signal: string | null;
  /** Those that steps wait for, to choose from. */
  known: readonly string[];
  close: () => void;
}

/** Sends a signal to a run, with what goes along. */
export function SignalDialog({ run, signal, known, close }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  return (
    <Modal
      opened={signal != null}
      onClose={close}
      title={t('signal.title')}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
    >
      {signal != null && <Body run={run} signal={signal} known={known} close={close} />}
    </Modal>
  );
}

type Kind = 'none' | EntryType;

function Body({ run, signal, known, close }: Props & { signal: string }) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const client = useQueryClient();
  const [name, setName] = useState(signal);
  const [kind, setKind] = useState<Kind>('none');
  const [text, setText] = useState('');
  const [sent, setSent] = useState(false);
  const read: Read = kind === 'none' ? { value: undefined } : readEntry(kind, text);
  const send = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/runs/{id}/signals/{name}', {
          params: { path: { id: run, name: name.trim() } },
          body: { payload: read.value },
        }),
      ),
    onSuccess: async () => {
      sayDone(t('signal.done', { name: name.trim() }));
      close();
      await client.invalidateQueries({ queryKey: ['runs'] });
    },
  });
  const noName = name.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (!noName && read.wrong == null) send.mutate();
    else document.getElementById(noName ? 'signal-name' : 'signal-payload')?.focus();
  };
  const payload = {
    id: 'signal-payload',
    label: t('signal.payload'),
    description: t('signal.payloadHint'),
    error: sent && read.wrong != null ? wrongSaid(t, read.wrong) : null,
    value: text,
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) => setText(event.currentTarget.value),
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {send.error != null && <ProblemNotice error={send.error} />}
        <Text size="sm">{t('signal.says')}</Text>
        {signal !== '' ? (
          <Text size="sm">
            {t('signal.name')}: <strong>{signal}</strong>
          </Text>
        ) : (
          <Autocomplete
            id="signal-name"
            data-autofocus
            label={t('signal.name')}
            description={t('signal.nameHint')}
            withAsterisk
            data={[...known]}
            value={name}
            spellCheck={false}
            onChange={setName}
            error={sent && noName ? t('signal.nameNeeded') : null}
          />
        )}
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={t('signal.payload')}
          value={kind}
          onChange={(next) => {
            setKind(next as Kind);
            setText(next === 'boolean' ? 'true' : '');
            setSent(false);
          }}
          data={(['none', ...entryTypes] as const).map((value) => ({ value, label: t(`signal.kind.${value}`) }))}
        />
        {(kind === 'string' || kind === 'number') && (
          <TextInput {...payload} inputMode={kind === 'number' ? 'decimal' : undefined} />
        )}
        {kind === 'json' && (
          <Textarea {...payload} autosize minRows={3} maxRows={12} classNames={{ input: classes.code }} />
        )}
        {kind === 'boolean' && (
          <Select
            id="signal-payload"
            label={t('signal.payload')}
            description={t('signal.payloadHint')}
            allowDeselect={false}
            data={[
              { value: 'true', label: t('startForm.yes') },
              { value: 'false', label: t('startForm.no') },
            ]}
            value={text}
            onChange={(next) => next != null && setText(next)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {shell('action.cancel')}
          </Button>
          <AccessButton access="POST /api/runs/{id}/signals/{name}" type="submit" loading={send.isPending}>
            {t('signal.send')}
          </AccessButton>
        </Group>
      </Stack>
    </form>
  );
}
