import { ActionIcon, Chip, Group, Input, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { MomentField } from '../ui/MomentField';
import { dayName, days, overnight, type RangeDraft } from './ranges';
import classes from './Schedule.module.css';

interface Props {
  range: RangeDraft;
  /** The zone that moments are typed in. */
  zone: string;
  /** Said at the fields once they were sent; null: they are right. */
  wrong: string | null;
  change: (next: RangeDraft) => void;
  /** Null: it is the only one. */
  remove: (() => void) | null;
  number: number;
}

/** One stretch of a freeze window: once between two moments, or again and again between two times of day. */
export function RangeFields({ range, zone, wrong, change, remove, number }: Props) {
  const { t } = useTranslation('schedules');
  const set = (part: Partial<RangeDraft>) => change({ ...range, ...part });
  const recurring = range.kind === 'recurring';
  return (
    <fieldset className={classes.range}>
      <legend className="visually-hidden">{t('range.label', { number })}</legend>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <SegmentedControl
            size="xs"
            aria-label={t('range.kind')}
            value={range.kind}
            onChange={(kind) => set({ kind: kind as RangeDraft['kind'] })}
            data={[
              { value: 'absolute', label: t('range.once') },
              { value: 'recurring', label: t('range.recurring') },
            ]}
          />
          {remove != null && (
            <ActionIcon variant="subtle" color="red" aria-label={t('range.remove', { number })} onClick={remove}>
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
        {recurring && (
          <Input.Wrapper label={t('range.days')} description={t('range.daysHint')} labelElement="div">
            <Chip.Group multiple value={range.days} onChange={(next) => set({ days: next })}>
              <Group gap={4} mt={4} role="group" aria-label={t('range.days')}>
                {days.map((day) => (
                  <Chip key={day} value={day} size="xs" radius="sm" aria-label={dayName(day)}>
                    {dayName(day, 'short')}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          </Input.Wrapper>
        )}
        <Group grow align="start">
          {recurring ? (
            <TextInput
              label={t('freeze.from')}
              placeholder="22:00"
              required
              value={range.begins}
              onChange={(event) => set({ begins: event.currentTarget.value })}
              error={wrong}
            />
          ) : (
            <MomentField
              label={t('freeze.from')}
              required
              zone={zone}
              value={range.from}
              onChange={(from) => set({ from })}
              error={wrong}
            />
          )}
          {recurring ? (
            <TextInput
              label={t('freeze.to')}
              placeholder="06:00"
              required
              value={range.ends}
              onChange={(event) => set({ ends: event.currentTarget.value })}
            />
          ) : (
            <MomentField label={t('freeze.to')} required zone={zone} value={range.to} onChange={(to) => set({ to })} />
          )}
        </Group>
        {recurring ? (
          <>
            {overnight(range) && <Text size="xs">{t('range.overnight')}</Text>}
            <Select
              size="xs"
              searchable
              limit={60}
              allowDeselect={false}
              label={t('range.zone')}
              data={[...new Set([range.timeZone, zone, 'UTC', ...Intl.supportedValuesOf('timeZone')])]}
              value={range.timeZone}
              onChange={(timeZone) => timeZone != null && set({ timeZone })}
            />
          </>
        ) : (
          <Text size="xs" c="dimmed">
            {t('freeze.zone', { zone })}
          </Text>
        )}
      </Stack>
    </fieldset>
  );
}
