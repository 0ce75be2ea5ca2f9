import { ActionIcon, Button, Fieldset, Group, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Path } from '../model/edits';
import { isMapping } from '../model/render';
import { freeId } from '../model/source';
import { useChange } from './FormContext';
import { type ArgumentSchema, blank } from './schema';
import { useTyped } from './useTyped';
import { ValueField } from './ValueField';

interface Props {
  field: Path;
  label: ReactNode;
  description?: ReactNode;
  schema: ArgumentSchema;
  value: unknown;
}

/** Names with values, both free. */
export function MapField({ field, label, description, schema, value }: Props) {
  const { t } = useTranslation('runbooks');
  const { set, unset } = useChange();
  const entries = isMapping(value) ? Object.entries(value) : [];
  return (
    <Fieldset legend={label} variant="filled" p="xs">
      <Stack gap="xs">
        {description}
        {entries.map(([name, item]) => (
          <Group key={name} gap={4} wrap="nowrap" align="flex-end">
            <NameField field={[...field, name]} name={name} />
            <div style={{ flex: 2, minWidth: 0 }}>
              <ValueField field={[...field, name]} name={t('form.valueOf', { name })} schema={schema} value={item} />
            </div>
            <ActionIcon
              size="sm"
              variant="subtle"
              color="red"
              aria-label={t('form.removeItem', { name })}
              onClick={() => unset(entries.length === 1 ? field : [...field, name])}
            >
              <IconTrash size={13} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconPlus size={12} aria-hidden />}
          onClick={() => set([...field, freeId('name', new Set(entries.map(([name]) => name)))], blank(schema))}
        >
          {t('form.add')}
        </Button>
      </Stack>
    </Fieldset>
  );
}

function NameField({ field, name }: { field: Path; name: string }) {
  const { t } = useTranslation('runbooks');
  const { rename } = useChange();
  const typed = useTyped(name, (text) => text.trim() !== '' && rename(field, text.trim()), 'leaving');
  return (
    <TextInput
      size="xs"
      label={t('form.name')}
      style={{ flex: 1 }}
      spellCheck={false}
      {...typed}
      onChange={(event) => typed.onChange(event.currentTarget.value)}
    />
  );
}
