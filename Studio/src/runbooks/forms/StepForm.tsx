import { memo } from 'react';
import { Divider, Select, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useDesign } from '../design/useDesign';
import { type ChosenKind, kinds } from '../model/kinds';
import type { Item } from '../model/outline';
import { ApprovalFields, ForEachFields, IfFields, RepeatFields, RunbookFields, WaitFields } from './kindFields';
import { RunFields } from './RunFields';
import { ConditionField, FlowFields } from './FlowFields';
import { TextField } from './fields';
import { FormContext } from './FormContext';

/** Everything that a step says, as fields. */
export const StepForm = memo(function StepForm({ item }: { item: Item }) {
  const { t } = useTranslation('runbooks');
  const branch = item.kind === 'branch';
  return (
    <FormContext value={{ path: item.path, part: 'step' }}>
      <Stack gap={10}>
        <TextField
          field={['id']}
          label={t('form.id')}
          description={branch ? t('form.branchIdHint') : undefined}
          value={item.fields.id}
          required={!branch}
          when="leaving"
        />
        {!branch && <TextField field={['title']} label={t('form.title')} value={item.fields.title} multiline />}
        {!branch && <KindField item={item} />}
        <Own item={item} />
        {!branch && (
          <>
            <Divider label={t('form.flow')} labelPosition="left" />
            <ConditionField
              field={['when']}
              label={t('form.when')}
              description={t('form.whenHint')}
              value={item.fields.when}
            />
            <FlowFields item={item} />
          </>
        )}
      </Stack>
    </FormContext>
  );
}, sameStep);

/** Where it stands in the text says nothing that its form shows. */
function sameStep({ item: a }: { item: Item }, { item: b }: { item: Item }): boolean {
  return a.path === b.path && a.kind === b.kind && a.fields === b.fields;
}

function KindField({ item }: { item: Item }) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  return (
    <Select
      size="xs"
      label={t('form.kind')}
      allowDeselect={false}
      placeholder={t('kind.unknown')}
      data={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
      value={item.kind === 'unknown' ? null : item.kind}
      onChange={(kind) =>
        kind != null && void design.perform({ do: 'kind', path: item.path, kind: kind as ChosenKind })
      }
    />
  );
}

function Own({ item }: { item: Item }) {
  const { t } = useTranslation('runbooks');
  switch (item.kind) {
    case 'run':
      return <RunFields item={item} />;
    case 'approval':
      return <ApprovalFields item={item} />;
    case 'wait':
      return <WaitFields item={item} />;
    case 'runbook':
      return <RunbookFields item={item} />;
    case 'forEach':
      return <ForEachFields item={item} />;
    case 'if':
      return <IfFields item={item} />;
    case 'repeat':
      return <RepeatFields item={item} />;
    default:
      return (
        <Text size="xs" c="dimmed">
          {t(`kindHint.${item.kind}`)}
        </Text>
      );
  }
}
