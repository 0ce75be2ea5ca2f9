import { Autocomplete, NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Path } from '../model/edits';
import { useChange } from './FormContext';
import { useTyped } from './useTyped';

export interface FieldProps {
  field: Path;
  label: ReactNode;
  description?: ReactNode;
  placeholder?: string;
  required?: boolean;
  value: unknown;
  disabled?: boolean;
}

const shown = (value: unknown): string =>
  value == null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** A text; an empty one takes its key away unless it must be there. */
export function TextField({
  field,
  value,
  multiline,
  when,
  ...rest
}: FieldProps & { multiline?: boolean; when?: 'typing' | 'leaving' }) {
  const { set, unset } = useChange();
  const typed = useTyped(
    shown(value),
    (text) => {
      // A space at the end is on its way to the next word; written down it would need quotes.
      const said = text.trimEnd();
      if (said === '' && rest.required !== true) unset(field);
      else set(field, said);
    },
    when,
  );
  const props = {
    ...rest,
    ...typed,
    onChange: (event: { currentTarget: { value: string } }) => typed.onChange(event.currentTarget.value),
    spellCheck: false,
  };
  return multiline ? (
    <Textarea size="xs" autosize minRows={1} maxRows={8} {...props} />
  ) : (
    <TextInput size="xs" {...props} />
  );
}

/** A text with proposals. */
export function ProposedField({ field, value, data, ...rest }: FieldProps & { data: string[] }) {
  const { set, unset } = useChange();
  const typed = useTyped(shown(value), (text) =>
    text === '' && rest.required !== true ? unset(field) : set(field, text),
  );
  return <Autocomplete size="xs" data={data} limit={50} {...rest} {...typed} />;
}

export function NumberField({
  field,
  value,
  min,
  max,
  integer,
  ...rest
}: FieldProps & { min?: number; max?: number; integer?: boolean }) {
  const { set, unset } = useChange();
  return (
    <NumberInput
      size="xs"
      {...rest}
      value={typeof value === 'number' ? value : ''}
      min={min}
      max={max}
      clampBehavior="none"
      allowDecimal={integer !== true}
      error={typeof value === 'number' && ((min != null && value < min) || (max != null && value > max))}
      onChange={(next) => (typeof next === 'number' ? set(field, next) : unset(field))}
    />
  );
}

/** A length of time; or a moment. Written as it is typed: the server says what is wrong with it. */
export function DurationField(props: FieldProps) {
  const wrong =
    typeof props.value === 'string' &&
    !props.value.includes('${') &&
    !/^(?=\d)(\d+(\.\d+)?(d|h|m|s|ms))+$/.test(props.value);
  return <TextFieldWithError {...props} placeholder={props.placeholder ?? '10m'} wrong={wrong} />;
}

function TextFieldWithError({ wrong, field, value, ...rest }: FieldProps & { wrong: boolean }) {
  const { t } = useTranslation('runbooks');
  const { set, unset } = useChange();
  const typed = useTyped(shown(value), (text) => (text === '' ? unset(field) : set(field, text)));
  return (
    <TextInput
      size="xs"
      {...rest}
      {...typed}
      onChange={(event) => typed.onChange(event.currentTarget.value)}
      error={wrong ? t('form.durationWrong') : null}
    />
  );
}

export function ChoiceField({
  field,
  value,
  data,
  ...rest
}: FieldProps & { data: (string | { value: string; label: string })[] }) {
  const { set, unset } = useChange();
  const { t } = useTranslation('runbooks');
  return (
    <Select
      size="xs"
      clearable={rest.required !== true}
      {...rest}
      data={data}
      value={value == null ? null : shown(value)}
      placeholder={rest.placeholder ?? t('form.notSet')}
      clearButtonProps={{ 'aria-label': t('form.clear') }}
      onChange={(next) => (next == null ? unset(field) : set(field, next))}
    />
  );
}

export function SwitchField({ field, value, label, description, disabled }: FieldProps) {
  const { set, unset } = useChange();
  return (
    <Switch
      size="xs"
      label={label}
      description={description}
      disabled={disabled}
      checked={value === true}
      onChange={(event) =>
        event.currentTarget.checked ? set(field, true) : value === false ? set(field, true) : unset(field)
      }
    />
  );
}

/** Several words. */
export function TagsField({ field, value, data, ...rest }: FieldProps & { data?: string[] }) {
  const { set, unset } = useChange();
  const { t } = useTranslation('runbooks');
  return (
    <TagsInput
      size="xs"
      {...rest}
      data={data ?? []}
      acceptValueOnBlur
      splitChars={[',']}
      value={Array.isArray(value) ? value.map(shown) : value == null ? [] : [shown(value)]}
      placeholder={rest.placeholder ?? t('form.typeAndEnter')}
      onChange={(next) => (next.length === 0 && rest.required !== true ? unset(field) : set(field, next))}
    />
  );
}
