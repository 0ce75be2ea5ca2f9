import { Button, Group, Modal, ScrollArea, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schema, take } from '../api/client';
import { ProblemNotice } from '../shell/ProblemNotice';
import { Rows } from '../shell/Rows';
import { sayDone } from '../shell/toasts';
import { readInput, showInput } from './inputs';
import { runbookNamesQuery } from './queries';

interface Props {
  opened: boolean;
  close: () => void;
  /** The one to begin with. */
  runbook?: string;
}

/** Starts a run of a runbook with inputs. */
export function StartDialog({ opened, close, runbook }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('startForm.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': shell('action.close') }}
      scrollAreaComponent={ScrollArea.Autosize}
    >
      <Body close={close} initial={runbook ?? null} />
    </Modal>
  );
}

function Body({ close, initial }: { close: () => void; initial: string | null }) {
  const { t } = useTranslation('runs');
  const [name, setName] = useState(initial);
  const { data: shelf } = useQuery(runbookNamesQuery);
  const {
    data: runbook,
    error,
    isFetching,
  } = useQuery({
    queryKey: ['runbooks', 'one', name],
    queryFn: ({ signal }) => take(api.GET('/api/runbooks/{name}', { params: { path: { name: name ?? '' } }, signal })),
    enabled: name != null,
  });
  return (
    <Stack gap="sm">
      <Select
        label={t('startForm.runbook')}
        searchable
        data-autofocus={initial === null ? true : undefined}
        openOnFocus={initial === null}
        value={name}
        onChange={setName}
        data={shelf?.items.map((one) => ({ value: one.name, label: one.name, disabled: !one.valid })) ?? []}
      />
      {error != null && <ProblemNotice error={error} />}
      {isFetching && runbook == null && <Rows count={4} />}
      {runbook != null && <InputsForm key={runbook.name} runbook={runbook} close={close} />}
    </Stack>
  );
}

function InputsForm({ runbook, close }: { runbook: Schema<'RunbookDetail'>; close: () => void }) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const navigate = useNavigate();
  const [typed, setTyped] = useState<Record<string, string>>({});
  const read = runbook.inputs.map((input) => ({ input, ...readInput(input, typed[input.name] ?? '') }));
  const start = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/runs', {
          body: {
            runbook: runbook.name,
            inputs: Object.fromEntries(
              read.filter((one) => one.value !== undefined).map((one) => [one.input.name, one.value]),
            ),
          },
        }),
      ),
    onSuccess: ({ id }) => {
      sayDone(t('startForm.started'));
      close();
      void navigate({ to: '/runs/$id', params: { id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!read.some((one) => one.wrong)) start.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {runbook.description != null && (
          <Text size="sm" c="dimmed">
            {runbook.description}
          </Text>
        )}
        {runbook.inputs.length === 0 ? (
          <Text size="sm">{t('startForm.none')}</Text>
        ) : (
          <Text size="xs" c="dimmed">
            {t('startForm.inputsHint')}
          </Text>
        )}
        {read.map(({ input, wrong }) => (
          <TextInput
            key={input.name}
            label={input.name}
            description={input.description}
            placeholder={showInput(input.default)}
            value={typed[input.name] ?? ''}
            error={wrong ? t('startForm.wrong') : null}
            onChange={(event) => setTyped({ ...typed, [input.name]: event.currentTarget.value })}
          />
        ))}
        {start.error != null && <ProblemNotice error={start.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {shell('action.cancel')}
          </Button>
          <Button type="submit" loading={start.isPending}>
            {t('startForm.start')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
