import { ActionIcon, Group, Select, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type FieldProps, fieldId } from './field';
import { type Draft, entryTypes, type MapEntry } from './fields';
import { RowsField } from './RowsField';
import classes from './StartForm.module.css';

/** A mapping: names with values, each of a kind that is chosen. */
export function MapField({
  input,
  draft,
  change,
  error,
  wrongItem,
  description,
}: FieldProps<Extract<Draft, { kind: 'map' }>> & { description: ReactNode }) {
  const { t } = useTranslation('runs');
  const next = useRef(draft.entries.length);
  const { entries } = draft;
  const put = (changed: MapEntry[]) => change({ kind: 'map', entries: changed });
  const add = () => {
    put([...entries, { id: next.current++ + 1_000, name: '', type: 'string', text: '' }]);
    // The row is drawn first.
    setTimeout(() => document.getElementById(fieldId(input.name, entries.length))?.focus());
  };

  return (
    <RowsField
      input={input}
      error={error}
      description={description}
      empty={entries.length === 0 ? t('startForm.mapEmpty') : null}
      adds={t('startForm.addEntry')}
      addsTo={t('startForm.addEntryTo', { name: input.name })}
      add={add}
    >
      {entries.map((entry, index) => (
        <Entry
          key={entry.id}
          input={input.name}
          secret={input.secret}
          entry={entry}
          index={index}
          wrong={wrongItem === index}
          change={(changed) => put(entries.with(index, changed))}
          remove={() => put(entries.toSpliced(index, 1))}
        />
      ))}
    </RowsField>
  );
}

interface EntryProps {
  input: string;
  secret: boolean;
  entry: MapEntry;
  index: number;
  wrong: boolean;
  change: (next: MapEntry) => void;
  remove: () => void;
}

function Entry({ input, secret, entry, index, wrong, change, remove }: EntryProps) {
  const { t } = useTranslation('runs');
  const named = { name: input, number: index + 1 };
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" className={classes.entry}>
      <TextInput
        id={fieldId(input, index)}
        aria-label={t('startForm.entryNameOf', named)}
        placeholder={t('startForm.entryName')}
        value={entry.name}
        error={wrong}
        spellCheck={false}
        onChange={(event) => change({ ...entry, name: event.currentTarget.value })}
      />
      <Select
        aria-label={t('startForm.entryTypeOf', named)}
        allowDeselect={false}
        data={entryTypes.map((value) => ({ value, label: t(`startForm.entry.${value}`) }))}
        value={entry.type}
        onChange={(type) => type != null && change({ ...entry, type: type as MapEntry['type'] })}
      />
      {entry.type === 'boolean' ? (
        <Select
          aria-label={t('startForm.entryValueOf', named)}
          allowDeselect={false}
          data={[
            { value: 'true', label: t('startForm.yes') },
            { value: 'false', label: t('startForm.no') },
          ]}
          value={entry.text === 'true' ? 'true' : 'false'}
          onChange={(text) => text != null && change({ ...entry, text })}
        />
      ) : (
        <TextInput
          aria-label={t('startForm.entryValueOf', named)}
          placeholder={t('startForm.entryValue')}
          type={secret ? 'password' : 'text'}
          autoComplete="off"
          value={entry.text}
          error={wrong}
          spellCheck={false}
          onChange={(event) => change({ ...entry, text: event.currentTarget.value })}
        />
      )}
      <ActionIcon
        variant="subtle"
        color="red"
        size={36}
        aria-label={t('startForm.removeEntry', named)}
        onClick={remove}
      >
        <IconTrash size={15} aria-hidden />
      </ActionIcon>
    </Group>
  );
}
