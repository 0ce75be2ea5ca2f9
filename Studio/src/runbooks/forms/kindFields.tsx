import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, take } from '../../api/client';
import type { Item } from '../model/outline';
import { isMapping } from '../model/render';
import { rolesQuery, runbooksQuery } from '../queries';
import { ExpressionField } from './ExpressionField';
import { ConditionField } from './FlowFields';
import { DurationField, NumberField, ProposedField, TagsField, TextField } from './fields';
import { FormContext, useChange } from './FormContext';
import { typeOfInput } from './inputSchema';
import { ValueField } from './ValueField';
import { YamlField } from './YamlField';

interface Props {
  item: Item;
}

const within = (item: Item, key: string): Record<string, unknown> =>
  isMapping(item.fields[key]) ? item.fields[key] : {};

export function ApprovalFields({ item }: Props) {
  const { t } = useTranslation('runbooks');
  const { set } = useChange();
  const { data: roles } = useQuery(rolesQuery);
  const known = roles?.items.map(({ role }) => role) ?? [];
  const approval = within(item, 'approval');
  const escalate = isMapping(approval.onTimeout) ? approval.onTimeout.escalate : null;
  return (
    <>
      <TextField field={['approval', 'title']} label={t('form.question')} value={approval.title} required multiline />
      <TagsField
        field={['approval', 'roles']}
        label={t('form.roles')}
        description={t('form.rolesHint')}
        value={approval.roles}
        data={known}
        required
      />
      <NumberField
        field={['approval', 'quorum']}
        label={t('form.quorum')}
        description={t('form.quorumHint')}
        value={approval.quorum}
        min={1}
        max={20}
        integer
        placeholder="1"
      />
      <DurationField
        field={['approval', 'timeout']}
        label={t('form.approvalTimeout')}
        value={approval.timeout}
        placeholder="30m"
      />
      {approval.timeout != null && (
        <Stack gap={4}>
          <Text size="xs" fw={500}>
            {t('form.onTimeout')}
          </Text>
          <SegmentedControl
            size="xs"
            aria-label={t('form.onTimeout')}
            value={escalate == null ? 'reject' : 'escalate'}
            onChange={(next) =>
              set(['approval', 'onTimeout'], next === 'reject' ? 'reject' : { escalate: ['director'] })
            }
            data={(['reject', 'escalate'] as const).map((value) => ({ value, label: t(`onTimeout.${value}`) }))}
          />
          {escalate != null && (
            <TagsField
              field={['approval', 'onTimeout', 'escalate']}
              label={t('form.escalate')}
              value={escalate}
              data={known}
              required
            />
          )}
        </Stack>
      )}
      <ExpressionField
        field={['approval', 'evidence']}
        label={t('form.evidence')}
        description={t('form.evidenceHint')}
        value={approval.evidence}
      />
    </>
  );
}

export function WaitFields({ item }: Props) {
  const { t } = useTranslation('runbooks');
  const { set } = useChange();
  const wait = within(item, 'wait');
  const now = 'signal' in wait ? 'signal' : 'until' in wait ? 'until' : 'for';
  const begin = { for: { for: '10m' }, until: { until: '2026-11-11T00:00:00+08:00' }, signal: { signal: 'go' } };
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={t('form.waitFor')}
        value={now}
        onChange={(next) => set(['wait'], begin[next as keyof typeof begin])}
        data={(['for', 'until', 'signal'] as const).map((value) => ({ value, label: t(`wait.${value}`) }))}
      />
      {now === 'for' && (
        <ValueField
          field={['wait', 'for']}
          name={t('wait.for')}
          schema={{ type: 'string', pattern: '^(?=[0-9])' }}
          value={wait.for}
          required
        />
      )}
      {now === 'until' && (
        <ValueField
          field={['wait', 'until']}
          name={t('wait.until')}
          schema={{ type: 'string', description: t('form.timeHint') }}
          value={wait.until}
          required
        />
      )}
      {now === 'signal' && (
        <>
          <TextField field={['wait', 'signal']} label={t('form.signal')} value={wait.signal} required />
          <DurationField field={['wait', 'timeout']} label={t('form.timeout')} value={wait.timeout} placeholder="2h" />
        </>
      )}
    </>
  );
}

export function RunbookFields({ item }: Props) {
  const { t } = useTranslation('runbooks');
  const { data: runbooks } = useQuery(runbooksQuery);
  const name = typeof item.fields.runbook === 'string' ? item.fields.runbook : '';
  const known = runbooks?.items.some((one) => one.name === name && one.valid) === true;
  const { data: child } = useQuery({
    queryKey: ['runbooks', 'one', name],
    queryFn: ({ signal }) => take(api.GET('/api/runbooks/{name}', { params: { path: { name } }, signal })),
    enabled: known,
  });
  const given = within(item, 'with');
  return (
    <>
      <ProposedField
        field={['runbook']}
        label={t('form.child')}
        value={name}
        data={runbooks?.items.map((one) => one.name) ?? []}
        required
      />
      {child == null ? (
        <YamlField field={['with']} label={t('form.arguments')} value={item.fields.with} />
      ) : (
        child.inputs.map((input) => (
          <ValueField
            key={input.name}
            field={['with', input.name]}
            name={input.name}
            schema={{ ...typeOfInput(input), description: input.description ?? undefined }}
            value={given[input.name]}
            required={input.default === undefined}
          />
        ))
      )}
    </>
  );
}

export function ForEachFields({ item }: Props) {
  const { t } = useTranslation('runbooks');
  return (
    <>
      <ValueField
        field={['forEach']}
        name={t('form.items')}
        schema={{ type: 'array', items: { type: 'string' } }}
        value={item.fields.forEach}
        required
      />
      <TextField
        field={['as']}
        label={t('form.as')}
        description={t('form.asHint')}
        value={item.fields.as}
        placeholder="item"
      />
      <NumberField
        field={['atMost']}
        label={t('form.atMost')}
        description={t('form.atMostHint')}
        value={item.fields.atMost}
        min={1}
        max={100_000}
        integer
      />
    </>
  );
}

export function IfFields({ item }: Props) {
  const { t } = useTranslation('runbooks');
  return <ConditionField field={['if']} label={t('form.condition')} value={item.fields.if} required />;
}

export function RepeatFields({ item }: Props) {
  const { t } = useTranslation('runbooks');
  const repeat = within(item, 'repeat');
  return (
    <>
      <NumberField
        field={['repeat', 'atMost']}
        label={t('form.rounds')}
        description={t('form.roundsHint')}
        value={repeat.atMost}
        min={1}
        max={100_000}
        integer
        required
      />
      <FormContext value={{ path: item.path, part: 'until' }}>
        <ConditionField field={['repeat', 'until']} label={t('form.until')} value={repeat.until} />
      </FormContext>
      <DurationField field={['repeat', 'delay']} label={t('form.between')} value={repeat.delay} />
    </>
  );
}
