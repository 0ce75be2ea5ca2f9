import { Button, Group, MultiSelect, Select, Switch, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKey } from '../ui/keys';
import { runbookNamesQuery } from './queries';
import type { RunFilters } from './search';

const states = [
  'running',
  'waiting-for-lock',
  'waiting-for-approval',
  'waiting-for-signal',
  'waiting',
  'paused',
  'incident',
  'cancelling',
  'undoing',
  'done',
  'failed',
  'cancelled',
  'rejected',
  'undone',
  'undo-incomplete',
] as const;

interface Props {
  filters: RunFilters;
  change: (filters: RunFilters) => void;
}

export function RunsFilter({ filters, change }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const search = useRef<HTMLInputElement>(null);
  const { data: runbooks } = useQuery(runbookNamesQuery);
  const [startedBy, setStartedBy] = useState<string | null>(null); // null: as the address has it
  const changeLater = useDebouncedCallback(change, 250);
  useKey('/', shell('keys.search'), () => search.current?.focus());
  const filtered = Object.values(filters).some((value) => value != null);

  return (
    <Group role="search" aria-label={t('filters.label')} gap="xs" align="center">
      <Select
        ref={search}
        size="xs"
        w={190}
        searchable
        clearable
        aria-label={t('filters.runbook')}
        placeholder={t('filters.runbook')}
        data={runbooks?.items.map((runbook) => runbook.name) ?? (filters.runbook == null ? [] : [filters.runbook])}
        value={filters.runbook ?? null}
        onChange={(runbook) => change({ ...filters, runbook: runbook ?? undefined })}
      />
      <MultiSelect
        size="xs"
        miw={190}
        clearable
        aria-label={t('filters.status')}
        placeholder={filters.status == null ? t('filters.status') : undefined}
        data={states.map((value) => ({ value, label: shell(`status.${value}`) }))}
        value={filters.status ?? []}
        onChange={(status) => change({ ...filters, status: status.length > 0 ? status : undefined })}
      />
      <TextInput
        size="xs"
        w={140}
        aria-label={t('filters.startedBy')}
        placeholder={t('filters.startedBy')}
        value={startedBy ?? filters.startedBy ?? ''}
        onBlur={() => setStartedBy(null)}
        onChange={(event) => {
          setStartedBy(event.currentTarget.value);
          changeLater({ ...filters, startedBy: event.currentTarget.value || undefined });
        }}
      />
      <Switch
        size="xs"
        label={t('filters.open')}
        checked={filters.open === true}
        onChange={(event) => change({ ...filters, open: event.currentTarget.checked || undefined })}
      />
      <Switch
        size="xs"
        label={t('filters.children')}
        checked={filters.children === true}
        onChange={(event) => change({ ...filters, children: event.currentTarget.checked || undefined })}
      />
      <Switch
        size="xs"
        label={t('filters.emergency')}
        checked={filters.lane === 'emergency'}
        onChange={(event) => change({ ...filters, lane: event.currentTarget.checked ? 'emergency' : undefined })}
      />
      {filtered && (
        <Button size="compact-xs" variant="subtle" onClick={() => change({})}>
          {t('filters.clear')}
        </Button>
      )}
    </Group>
  );
}
