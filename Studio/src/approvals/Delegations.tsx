import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, take } from '../api/client';
import { useIdentity } from '../identity/identity';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { nightClock } from '../ui/nightClock';
import { ProblemNotice } from '../ui/ProblemNotice';
import { sayDone, sayProblem } from '../ui/toasts';
import { delegationsQuery } from './queries';

/** Who decides for whom now; and letting somebody decide for oneself. */
export function Delegations() {
  const { t } = useTranslation('approvals');
  const { t: shell } = useTranslation('shell');
  const person = useIdentity();
  const client = useQueryClient();
  const [giving, give] = useDisclosure(false);
  const { data } = useQuery(delegationsQuery);
  const revoke = useMutation({
    mutationFn: (id: string) =>
      take(api.POST('/api/approvals/delegations/{id}/revoke', { params: { path: { id } }, body: {} })),
    onSuccess: () => {
      sayDone(t('delegations.revoked'));
      return client.invalidateQueries({ queryKey: ['approvals'] });
    },
    onError: sayProblem,
  });
  if (data == null) return null;
  return (
    <Card
      title={t('delegations.title')}
      aside={
        person != null && (
          <Button size="compact-sm" variant="default" onClick={give.open}>
            {t('delegations.give')}
          </Button>
        )
      }
    >
      {data.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('delegations.empty')}
        </Text>
      )}
      <Stack gap={6}>
        {data.items.map((one) => (
          <Group key={one.id} gap="sm">
            <Text size="sm">
              {t('delegations.line', { from: one.from, to: one.to, roles: one.roles.join(', ') })}{' '}
              {t('delegations.until')} <Moment at={one.until} as="full" /> · {one.reason}
            </Text>
            {(person?.name === one.from || person?.name === one.to) && (
              <Button size="compact-xs" variant="subtle" color="red" onClick={() => revoke.mutate(one.id)}>
                {t('delegations.revoke')}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
      <Modal
        opened={giving}
        onClose={give.close}
        title={t('delegations.giveTitle')}
        closeButtonProps={{ 'aria-label': shell('action.close') }}
      >
        <GiveForm roles={person?.roles ?? []} close={give.close} />
      </Modal>
    </Card>
  );
}

function GiveForm({ roles, close }: { roles: string[]; close: () => void }) {
  const { t } = useTranslation('approvals');
  const { t: shell } = useTranslation('shell');
  const client = useQueryClient();
  const [to, setTo] = useState('');
  const [chosen, setChosen] = useState(roles);
  const [hours, setHours] = useState<number | string>(8);
  const [reason, setReason] = useState('');
  const grant = useMutation({
    mutationFn: () => {
      const until = new Date((nightClock.now() ?? Date.now()) + Number(hours) * 3_600_000).toISOString();
      return take(
        api.POST('/api/approvals/delegations', {
          body: { to: to.trim(), roles: chosen, until, reason: reason.trim() },
        }),
      );
    },
    onSuccess: () => {
      sayDone(t('delegations.given'));
      close();
      return client.invalidateQueries({ queryKey: ['approvals'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    grant.mutate();
  };
  if (roles.length === 0) return <Text size="sm">{t('delegations.needRole')}</Text>;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label={t('delegations.to')}
          required
          value={to}
          data-autofocus
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Checkbox.Group label={t('delegations.roles')} value={chosen} onChange={setChosen}>
          <Group mt={4}>
            {roles.map((role) => (
              <Checkbox key={role} value={role} label={role} />
            ))}
          </Group>
        </Checkbox.Group>
        <NumberInput label={t('delegations.hours')} min={1} max={720} value={hours} onChange={setHours} />
        <TextInput
          label={t('delegations.reason')}
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {grant.error != null && <ProblemNotice error={grant.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {shell('action.cancel')}
          </Button>
          <Button type="submit" loading={grant.isPending}>
            {t('delegations.give')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
