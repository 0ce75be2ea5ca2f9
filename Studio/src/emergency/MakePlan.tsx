import { Button, Group, Modal, MultiSelect, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fleetQuery } from '../fleet/queries';
import { ProblemNotice } from '../ui/ProblemNotice';
import { sayDone } from '../ui/toasts';
import { useKeepPlan } from './queries';

/** Keeps what an emergency stop would take down now, of everything or of a part, as a plan to be approved. */
export function MakePlan({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation('emergency');
  const { t: shell } = useTranslation('shell');
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('make.title')}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
    >
      <Form close={close} />
    </Modal>
  );
}

function Form({ close }: { close: () => void }) {
  const { t } = useTranslation('emergency');
  const { t: shell } = useTranslation('shell');
  const { data: fleet } = useQuery(fleetQuery);
  const keep = useKeepPlan();
  const [clusters, setClusters] = useState<string[]>([]);
  const [units, setUnits] = useState<string[]>([]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(
      { clusters, units },
      {
        onSuccess: () => {
          sayDone(t('make.done'));
          close();
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">{t('make.says')}</Text>
        <MultiSelect
          label={t('make.clusters')}
          placeholder={clusters.length === 0 ? t('make.all') : undefined}
          data={fleet?.clusters.map((cluster) => cluster.id) ?? []}
          value={clusters}
          onChange={setClusters}
          clearable
          searchable
        />
        <MultiSelect
          label={t('make.units')}
          placeholder={units.length === 0 ? t('make.all') : undefined}
          data={fleet?.units.filter((unit) => unit.phase !== 'released').map((unit) => unit.id) ?? []}
          value={units}
          onChange={setUnits}
          clearable
          searchable
        />
        <Text size="xs" c="dimmed">
          {t('make.allHint')}
        </Text>
        {keep.error != null && <ProblemNotice error={keep.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {shell('action.cancel')}
          </Button>
          <Button type="submit" loading={keep.isPending} data-autofocus>
            {t('make.make')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
