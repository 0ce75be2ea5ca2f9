import { memo } from 'react';
import { ActionIcon, Accordion, Button, Divider, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isMapping } from '../model/render';
import { freeId } from '../model/source';
import { ChoiceField, NumberField, TagsField, TextField } from './fields';
import { OnFailureField } from './FlowFields';
import { FormContext, useChange } from './FormContext';
import { inputTypes, typeOfInput } from './inputSchema';
import { useTyped } from './useTyped';
import { ValueField } from './ValueField';

/** What stands at the top of a runbook: what it is, what it is started with and when, and how it fails. */
export const HeaderForm = memo(function HeaderForm({ header }: { header: Record<string, unknown> }) {
  const { t } = useTranslation('runbooks');
  return (
    <FormContext value={{ path: '', part: 'step' }}>
      <Stack gap={10}>
        <TextField
          field={['runbook']}
          label={t('form.runbookName')}
          description={t('form.runbookNameHint')}
          value={header.runbook}
          required
          when="leaving"
        />
        <TextField field={['description']} label={t('form.description')} value={header.description} multiline />
        <Divider label={t('form.inputs')} labelPosition="left" />
        <Inputs value={header.inputs} />
        <Divider label={t('form.triggers')} labelPosition="left" />
        <Triggers value={header.triggers} />
        <Divider label={t('form.policy')} labelPosition="left" />
        <OnFailureField value={header.onFailure} />
        <ChoiceField
          field={['lane']}
          label={t('form.lane')}
          value={header.lane}
          data={(['normal', 'emergency'] as const).map((value) => ({
            value,
            label: `${value} – ${t(`lane.${value}`)}`,
          }))}
        />
        <TagsField
          field={['locks']}
          label={t('form.locks')}
          description={t('form.runLocksHint')}
          value={header.locks}
          placeholder="cluster/*"
        />
        <TextField
          field={['preauthorised']}
          label={t('form.preauthorised')}
          description={t('form.preauthorisedHint')}
          value={header.preauthorised}
          multiline
        />
      </Stack>
    </FormContext>
  );
});

function Inputs({ value }: { value: unknown }) {
  const { t } = useTranslation('runbooks');
  const { set } = useChange();
  const inputs = isMapping(value) ? Object.entries(value) : [];
  return (
    <Stack gap="xs">
      {inputs.length === 0 ? (
        <Text size="xs" c="dimmed">
          {t('form.noInputs')}
        </Text>
      ) : (
        <Accordion
          variant="contained"
          chevronPosition="left"
          styles={{ label: { padding: '6px 0' }, control: { minHeight: 0 } }}
        >
          {inputs.map(([name, declared], index) => (
            <Accordion.Item key={index} value={String(index)}>
              <Accordion.Control>
                <Group gap={8}>
                  <Text size="xs" ff="monospace">
                    {name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {isMapping(declared) ? String(declared.type ?? '') : ''}
                  </Text>
                </Group>
              </Accordion.Control>
              <Accordion.Panel>
                <Input name={name} declared={isMapping(declared) ? declared : {}} only={inputs.length === 1} />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconPlus size={12} aria-hidden />}
        onClick={() =>
          set(['inputs', freeId('input', new Set(inputs.map(([name]) => name)))], { type: 'string', default: '' })
        }
      >
        {t('form.addInput')}
      </Button>
    </Stack>
  );
}

function Input({ name, declared, only }: { name: string; declared: Record<string, unknown>; only: boolean }) {
  const { t } = useTranslation('runbooks');
  const { rename, unset } = useChange();
  const typed = useTyped(name, (text) => text.trim() !== '' && rename(['inputs', name], text.trim()), 'leaving');
  const at = (key: string): string[] => ['inputs', name, key];
  const { type } = declared;
  const schema = typeOfInput(declared);
  return (
    <Stack gap={8}>
      <TextInput
        size="xs"
        label={t('form.name')}
        spellCheck={false}
        {...typed}
        onChange={(event) => typed.onChange(event.currentTarget.value)}
      />
      <ChoiceField field={at('type')} label={t('form.type')} value={type} data={[...inputTypes]} required />
      {type === 'array' && (
        <ChoiceField field={at('items')} label={t('form.itemType')} value={declared.items} data={[...inputTypes]} />
      )}
      <ValueField
        field={at('default')}
        name={t('form.default')}
        schema={{ ...schema, description: t('form.defaultHint') }}
        value={declared.default}
      />
      <TextField field={at('description')} label={t('form.description')} value={declared.description} multiline />
      {(type === 'integer' || type === 'number') && (
        <Group grow gap={8}>
          <NumberField field={at('minimum')} label={t('form.minimum')} value={declared.minimum} />
          <NumberField field={at('maximum')} label={t('form.maximum')} value={declared.maximum} />
        </Group>
      )}
      {[type, declared.items].some((one) => one === 'integer' || one === 'number') && (
        <TextField field={at('unit')} label={t('form.unit')} value={declared.unit} placeholder="hosts" />
      )}
      {type === 'string' && <TagsField field={at('enum')} label={t('form.enum')} value={declared.enum} />}
      <Button
        size="compact-xs"
        variant="subtle"
        color="red"
        onClick={() => unset(only ? ['inputs'] : ['inputs', name])}
      >
        {t('form.removeInput')}
      </Button>
    </Stack>
  );
}

function Triggers({ value }: { value: unknown }) {
  const { t } = useTranslation('runbooks');
  const { set, add, unset } = useChange();
  const triggers = Array.isArray(value) ? value : [];
  const fresh = { cron: '0 0 20 * * ?', timeZone: 'Asia/Shanghai', misfire: 'fire-once' };
  return (
    <Stack gap="xs">
      {triggers.length === 0 && (
        <Text size="xs" c="dimmed">
          {t('form.noTriggers')}
        </Text>
      )}
      {triggers.map((trigger: unknown, index) => {
        const one = isMapping(trigger) ? trigger : {};
        return (
          <Group key={index} gap={4} wrap="nowrap" align="flex-end">
            <Stack gap={6} style={{ flex: 1 }}>
              <TextField
                field={['triggers', index, 'cron']}
                label={t('form.cron')}
                description={t('form.cronHint')}
                value={one.cron}
                required
              />
              <Group grow gap={8}>
                <TextField
                  field={['triggers', index, 'timeZone']}
                  label={t('form.timeZone')}
                  value={one.timeZone}
                  placeholder="UTC"
                />
                <ChoiceField
                  field={['triggers', index, 'misfire']}
                  label={t('form.misfire')}
                  value={one.misfire}
                  data={['fire-once', 'skip']}
                />
              </Group>
            </Stack>
            <ActionIcon
              size="sm"
              variant="subtle"
              color="red"
              aria-label={t('form.removeItem', { name: `${t('form.trigger')} ${index + 1}` })}
              onClick={() => unset(triggers.length === 1 ? ['triggers'] : ['triggers', index])}
            >
              <IconTrash size={13} aria-hidden />
            </ActionIcon>
          </Group>
        );
      })}
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconPlus size={12} aria-hidden />}
        onClick={() => (triggers.length === 0 ? set(['triggers'], [fresh]) : add(['triggers'], triggers.length, fresh))}
      >
        {t('form.addTrigger')}
      </Button>
    </Stack>
  );
}
