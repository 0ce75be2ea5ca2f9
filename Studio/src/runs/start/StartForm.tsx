import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useEffectEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schema, take } from '../../api/client';
import { AccessButton } from '../../identity/AccessButton';
import type { Needs } from '../../identity/access';
import { sayDone } from '../../ui/toasts';
import { useZone, zoneName } from '../../ui/time';
import { again, type Again } from './again';
import { Earlier } from './Earlier';
import { fieldId, wrongSaid } from './field';
import { type Draft, readDraft, startDraft } from './fields';
import { InputField } from './InputField';
import { answered } from './refusal';
import classes from './StartForm.module.css';
import { Summary } from './Summary';

interface Props {
  runbook: Schema<'RunbookDetail'>;
  /** The run whose inputs the form begins with; null: the defaults. */
  earlier: Schema<'RunInputs'> | null;
  close: () => void;
}

/** Asks for each input of a runbook as it is declared, and starts a run with them. */
export function StartForm({ runbook, earlier, close }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const navigate = useNavigate();
  const zone = zoneName(useZone());
  const [from] = useState<Again | null>(() => earlier && again(earlier.inputs, runbook.inputs, zone));
  const [drafts, setDrafts] = useState<Record<string, Draft>>(
    () => from?.drafts ?? Object.fromEntries(runbook.inputs.map((input) => [input.name, startDraft(input, zone)])),
  );
  const [sent, setSent] = useState(0);
  const [refused, setRefused] = useState<Record<string, string>>({});
  const idOf = useRef({ body: '', id: '' });

  const read = runbook.inputs.map((input) => {
    const { value, wrong } = readDraft(input, drafts[input.name] as Draft);
    const said = wrong != null && sent > 0 ? wrongSaid(t, wrong) : (refused[input.name] ?? null);
    return { input, value, wrong, said };
  });
  const start = useMutation({
    mutationFn: () => {
      const inputs = Object.fromEntries(
        read.filter((one) => one.value !== undefined).map((one) => [one.input.name, one.value]),
      );
      const body = JSON.stringify(inputs);
      // The same start again, after an answer that was lost, is the same run.
      if (idOf.current.body !== body) idOf.current = { body, id: crypto.randomUUID() };
      return take(api.POST('/api/runs', { body: { runbook: runbook.name, inputs, id: idOf.current.id } }));
    },
    onSuccess: ({ id }) => {
      sayDone(t('startForm.started'));
      close();
      void navigate({ to: '/runs/$id', params: { id } });
    },
    onError: (error) => {
      setRefused(
        answered(
          error,
          runbook.inputs.map((input) => input.name),
        ).atFields,
      );
      setSent((times) => times + 1);
    },
  });
  const rest =
    start.error == null
      ? null
      : answered(
          start.error,
          runbook.inputs.map((input) => input.name),
        ).rest;

  // What is wrong first is gone to each time that somebody tries, and never while they type.
  const goToFirst = useEffectEvent(() => {
    const first = read.find((one) => one.said != null);
    if (first != null) goTo(first.input.name, first.wrong?.item);
  });
  useEffect(() => {
    if (sent > 0) goToFirst();
  }, [sent]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setRefused({});
    if (read.some((one) => one.wrong != null)) {
      start.reset();
      setSent(sent + 1);
    } else start.mutate();
  };
  const change = (name: string, draft: Draft) => {
    setDrafts((before) => ({ ...before, [name]: draft }));
    setRefused(({ [name]: _, ...others }) => others);
  };
  const wrong = read.filter((one) => one.said != null);

  return (
    <form onSubmit={submit} noValidate className={classes.fields} aria-label={runbook.name}>
      <Stack gap="md">
        <Summary
          wrong={wrong.map(({ input, said, wrong: why }) => ({
            name: input.name,
            said: said ?? '',
            go: () => goTo(input.name, why?.item),
          }))}
          rest={rest}
        />
        {runbook.description != null && (
          <Text size="sm" c="dimmed">
            {runbook.description}
          </Text>
        )}
        {runbook.startPrivilege === 'start-emergency' && (
          <Text size="sm" data-tone="fail" style={{ color: 'var(--tone)' }}>
            {t('startForm.emergency')}
          </Text>
        )}
        {earlier != null && from != null && <Earlier earlier={earlier} from={from} runbook={runbook} />}
        {runbook.inputs.length === 0 && <Text size="sm">{t('startForm.none')}</Text>}
        {runbook.inputs.some((input) => input.required) && (
          <Text size="xs" c="dimmed">
            {t('startForm.required')}
          </Text>
        )}
        {read.map(({ input, wrong: why, said }) => (
          <InputField
            key={input.name}
            input={input}
            draft={drafts[input.name] as Draft}
            change={(draft) => change(input.name, draft)}
            error={said}
            wrongItem={said == null ? undefined : why?.item}
          />
        ))}
      </Stack>
      <Group justify="flex-end" className={classes.foot} mt="md">
        <Button variant="default" onClick={close}>
          {shell('action.cancel')}
        </Button>
        <AccessButton
          access={['POST /api/runs', runbook.startPrivilege as Needs]}
          type="submit"
          loading={start.isPending}
        >
          {t('startForm.start')}
        </AccessButton>
      </Group>
    </form>
  );
}

/** Brings a field into view and gives it the focus. */
function goTo(name: string, item?: number): void {
  const field = document.getElementById(fieldId(name, item)) ?? document.getElementById(fieldId(name));
  field?.focus({ preventScroll: true });
  field?.scrollIntoView({ block: 'center' });
}
