import { ActionIcon, Fieldset, Group, Stack, Tooltip } from '@mantine/core';
import { IconFunction, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@mantine/core';
import type { Path } from '../model/edits';
import { isMapping } from '../model/render';
import { ExpressionField } from './ExpressionField';
import { ChoiceField, DurationField, NumberField, SwitchField, TagsField, TextField } from './fields';
import { useChange } from './FormContext';
import { MapField } from './MapField';
import { type ArgumentSchema, blank, fieldOf, fits, hasExpression } from './schema';
import { YamlField } from './YamlField';

interface Props {
  field: Path;
  name: string;
  schema: ArgumentSchema;
  value: unknown;
  required?: boolean;
}

/** A field for a value as its JSON schema says; any of them may be an expression instead. */
export function ValueField({ field, name, schema, value, required }: Props) {
  const { t } = useTranslation('runbooks');
  const [asked, setAsked] = useState(false);
  const isExpression = hasExpression(value) || asked;
  const { unset } = useChange();
  const toggle = (
    <Tooltip label={isExpression ? t('form.asValue') : t('form.asExpression')} openDelay={400}>
      <ActionIcon
        size="xs"
        variant={isExpression ? 'light' : 'subtle'}
        color={isExpression ? undefined : 'gray'}
        aria-label={`${name}: ${isExpression ? t('form.asValue') : t('form.asExpression')}`}
        aria-pressed={isExpression}
        onClick={() => {
          if (isExpression && value != null) unset(field);
          setAsked(!isExpression);
        }}
      >
        <IconFunction size={13} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
  if (isExpression) {
    return (
      <ExpressionField
        field={field}
        label={name}
        description={schema.description}
        value={value}
        required={required}
        aside={toggle}
      />
    );
  }
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <div style={{ flex: 1, minWidth: 0 }}>
        <Plain field={field} name={name} schema={schema} value={value} required={required} />
      </div>
      <div style={{ paddingTop: 2 }}>{toggle}</div>
    </Group>
  );
}

function Plain({ field, name, schema, value, required }: Props) {
  const kind = fieldOf(schema);
  const props = { field, label: name, description: schema.description, value, required };
  if (!fits(kind, value)) return <YamlField {...props} />;
  switch (kind) {
    case 'text':
      return <TextField {...props} multiline />;
    case 'duration':
      return <DurationField {...props} />;
    case 'integer':
    case 'number':
      return <NumberField {...props} min={schema.minimum} max={schema.maximum} integer={kind === 'integer'} />;
    case 'boolean':
      return <SwitchField {...props} />;
    case 'choice':
      return <ChoiceField {...props} data={(schema.enum ?? []).map(String)} />;
    case 'choices':
      return <TagsField {...props} data={(schema.items?.enum ?? []).map(String)} />;
    case 'texts':
      return <TagsField {...props} />;
    case 'list':
      return <ListField {...props} name={name} schema={schema} value={value} />;
    case 'object':
      return <ObjectField field={field} name={name} schema={schema} value={value} />;
    case 'map':
      return (
        <MapField
          {...props}
          schema={typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}}
        />
      );
    case 'any':
      return <YamlField {...props} />;
  }
}

function ObjectField({ field, name, schema, value }: Props) {
  return (
    <Fieldset legend={name} variant="filled" p="xs">
      <ObjectFields field={field} schema={schema} value={value} />
    </Fieldset>
  );
}

/** The members of an object, those that must be there first. */
export function ObjectFields({ field, schema, value }: { field: Path; schema: ArgumentSchema; value: unknown }) {
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties ?? {}).sort(
    ([a], [b]) => Number(required.has(b)) - Number(required.has(a)),
  );
  return (
    <Stack gap={8}>
      {members.map(([member, inner]) => (
        <ValueField
          key={member}
          field={[...field, member]}
          name={member}
          schema={inner}
          value={isMapping(value) ? value[member] : undefined}
          required={required.has(member)}
        />
      ))}
    </Stack>
  );
}

function ListField({ field, name, schema, value }: Props) {
  const { t } = useTranslation('runbooks');
  const { add, unset } = useChange();
  const items = Array.isArray(value) ? value : [];
  return (
    <Fieldset legend={name} variant="filled" p="xs">
      <Stack gap="xs">
        {items.map((item, index) => (
          <Group key={index} gap={4} wrap="nowrap" align="flex-start">
            <div style={{ flex: 1, minWidth: 0 }}>
              <ValueField
                field={[...field, index]}
                name={`${name} ${index + 1}`}
                schema={schema.items ?? {}}
                value={item}
              />
            </div>
            <ActionIcon
              size="sm"
              variant="subtle"
              color="red"
              aria-label={t('form.removeItem', { name: `${name} ${index + 1}` })}
              onClick={() => unset([...field, index])}
            >
              <IconTrash size={13} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconPlus size={12} aria-hidden />}
          onClick={() => add(field, items.length, blank(schema.items ?? {}))}
        >
          {t('form.addItem', { name })}
        </Button>
      </Stack>
    </Fieldset>
  );
}
