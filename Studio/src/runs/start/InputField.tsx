import {
  Autocomplete,
  Button,
  Group,
  PasswordInput,
  Select,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { span, useZone, zoneName } from '../../ui/time';
import { type FieldProps, fieldId, hintOf, valueSaid } from './field';
import { choicesOf, type Declared, type Draft, draftOf, editorOf, millisecondsOf, readDraft } from './fields';
import { ListField } from './ListField';
import { MapField } from './MapField';
import classes from './StartForm.module.css';
import { TimeField } from './TimeField';

/** An input of a runbook, asked for as its declaration says. */
export function InputField(props: FieldProps) {
  const { input, draft } = props;
  const described = useDescribed(props);
  switch (draft.kind) {
    case 'time':
      return <TimeField {...props} draft={draft} id={fieldId(input.name)} label={input.name} description={described} />;
    case 'list':
      return <ListField {...props} draft={draft} description={described} />;
    case 'map':
      return <MapField {...props} draft={draft} description={described} />;
    case 'switch':
      return (
        <Switch
          id={fieldId(input.name)}
          label={input.name}
          description={described}
          error={props.error}
          checked={draft.on}
          onChange={(event) => props.change({ kind: 'switch', on: event.currentTarget.checked })}
        />
      );
    default:
      return (
        <ScalarField {...props} draft={draft} id={fieldId(input.name)} label={input.name} description={described} />
      );
  }
}

interface ScalarProps extends Omit<FieldProps, 'draft' | 'error'> {
  draft: Extract<Draft, { kind: 'text' | 'choice' }>;
  id: string;
  label?: string;
  'aria-label'?: string;
  description?: ReactNode;
  error: ReactNode;
  onKeyDown?: (event: React.KeyboardEvent) => void;
  onPaste?: (event: React.ClipboardEvent) => void;
}

/** One value: a text, a number, a duration, one of several, or JSON. */
export function ScalarField({ input, draft, change, wrongItem, ...rest }: ScalarProps) {
  const { t } = useTranslation('runs');
  const common = {
    ...rest,
    required: input.required && rest.label != null,
    withAsterisk: input.required && rest.label != null,
  };
  const type = (text: string) => change({ kind: 'text', text });
  if (draft.kind === 'choice')
    return (
      <Select
        {...common}
        // The browser's own check would speak another language, and at another place.
        required={false}
        data={choicesOf(input).map((value) => ({ value: JSON.stringify(value), label: choiceSaid(value) }))}
        value={draft.value}
        placeholder={t('startForm.chooseValue')}
        clearable={!input.required}
        clearButtonProps={{ 'aria-label': t('startForm.setDefault') }}
        onChange={(value) => change({ kind: 'choice', value })}
      />
    );
  const text = { ...common, value: draft.text, spellCheck: false, autoComplete: 'off' };
  const editor = editorOf(input);
  if (editor === 'duration')
    return (
      <Autocomplete
        {...text}
        data={durations}
        rightSection={<Says text={draft.text} />}
        rightSectionWidth={120}
        rightSectionPointerEvents="none"
        onChange={type}
      />
    );
  if (editor === 'json')
    return (
      <Textarea
        {...text}
        autosize
        minRows={2}
        maxRows={12}
        classNames={{ input: classes.code }}
        onChange={(event) => type(event.currentTarget.value)}
      />
    );
  if (input.secret && editor === 'text')
    return (
      <PasswordInput {...text} autoComplete="new-password" onChange={(event) => type(event.currentTarget.value)} />
    );
  const number = editor === 'number';
  return (
    <TextInput
      {...text}
      inputMode={!number ? undefined : input.type === 'integer' ? 'numeric' : 'decimal'}
      rightSection={number && input.unit != null ? <Text size="sm">{input.unit}</Text> : undefined}
      rightSectionWidth={number && input.unit != null ? `calc(${input.unit.length}ch + 24px)` : undefined}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );

  function choiceSaid(value: unknown): string {
    if (typeof value === 'boolean') return t(value ? 'startForm.yes' : 'startForm.no');
    return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

const durations = ['5s', '30s', '1m', '5m', '10m', '30m', '1h', '2h', '1d'];

/** A duration as people say it. */
function Says({ text }: { text: string }) {
  const { t } = useTranslation('runs');
  const length = text.trim() === '' ? null : millisecondsOf(text.trim());
  return length == null ? null : (
    <Text size="xs" c="dimmed">
      {t('startForm.durationSays', { span: span(length) })}
    </Text>
  );
}

/** Under an input's name: what it is for, what is allowed, and its default with the way back to it. */
function useDescribed({ input, draft, change }: FieldProps): ReactNode {
  const { t } = useTranslation('runs');
  const zone = zoneName(useZone());
  const hint = hintOf(t, input);
  const editor = editorOf(input);
  const more =
    editor === 'duration'
      ? t('startForm.duration')
      : editor === 'json'
        ? t(`startForm.json.${input.type === 'array' ? 'array' : 'other'}`)
        : editor === 'list' && draft.kind === 'list' && draft.items.length > 0
          ? t('startForm.list')
          : null;
  return (
    <Stack gap={2} component="span">
      {input.description != null && <span>{input.description}</span>}
      {input.secret && <span>{t('startForm.secret')}</span>}
      {(hint !== '' || more != null) && (
        <span>{[hint, more].filter((part) => part != null && part !== '').join(' · ')}</span>
      )}
      {!input.required && (
        <Group gap={6} component="span">
          <span style={{ overflowWrap: 'anywhere' }}>
            {input.secret
              ? t('startForm.defaultHidden')
              : t('startForm.default', { value: valueSaid(t, input.default) })}
          </span>
          {differs(input, draft) && (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => {
                const back = input.secret ? null : draftOf(input, input.default, zone);
                if (back != null) change(back);
              }}
            >
              {t('startForm.setDefault')}
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}

/** Whether something else than the default stands there; a secret one is not known here. */
function differs(input: Declared, draft: Draft): boolean {
  if (input.secret) return false;
  const read = readDraft(input, draft);
  return read.wrong != null || JSON.stringify(read.value ?? input.default) !== JSON.stringify(input.default);
}
