import { Group, Select, Stack, Text, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { operatorZone, promotionZone } from '../../ui/time';
import type { FieldProps } from './field';
import { type Draft, momentOf, withOffset } from './fields';

interface Props extends FieldProps<Extract<Draft, { kind: 'time' }>> {
  id: string;
  label?: string;
  'aria-label'?: string;
  description?: ReactNode;
}

/** A moment: a day and a time of day, in a zone that is said. */
export function TimeField({ input, draft, change, error, id, label, description, 'aria-label': name }: Props) {
  const { t } = useTranslation('runs');
  const at = draft.exact ?? momentOf(draft.local, draft.zone);
  return (
    <Stack gap={4} style={{ flex: 1, minWidth: 0 }}>
      <TextInput
        id={id}
        type="datetime-local"
        step={1}
        label={label}
        aria-label={name}
        description={description}
        withAsterisk={input.required && label != null}
        aria-required={input.required}
        error={error}
        value={draft.local}
        onChange={(event) => change({ kind: 'time', local: event.currentTarget.value, zone: draft.zone })}
      />
      <Group gap="xs" wrap="wrap">
        <Select
          size="xs"
          w={210}
          searchable
          limit={60}
          allowDeselect={false}
          aria-label={t('startForm.zoneOf', { name: name ?? label ?? input.name })}
          data={[...new Set([draft.zone, promotionZone, operatorZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])]}
          value={draft.zone}
          onChange={(zone) => zone != null && change({ kind: 'time', local: draft.local, zone })}
        />
        {at != null && (
          <Text size="xs" c="dimmed">
            {t('startForm.timeSays', { at: draft.exact ?? withOffset(at, draft.zone) })}
          </Text>
        )}
      </Group>
    </Stack>
  );
}
