import { Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseDocument, stringify } from 'yaml';
import type { Path } from '../model/edits';
import { useChange } from './FormContext';
import { useTyped } from './useTyped';

interface Props {
  field: Path;
  label: ReactNode;
  description?: ReactNode;
  value: unknown;
  required?: boolean;
}

/** A value of any shape, as YAML. */
export function YamlField({ field, value, ...rest }: Props) {
  const { t } = useTranslation('runbooks');
  const { set, unset } = useChange();
  const [wrong, setWrong] = useState(false);
  const text = value === undefined ? '' : stringify(value, { lineWidth: 0 }).trimEnd();
  const typed = useTyped(text, (next) => {
    if (next.trim() === '') return unset(field);
    const document = parseDocument(next);
    setWrong(document.errors.length > 0);
    if (document.errors.length === 0) set(field, document.toJS());
  });
  return (
    <Textarea
      size="xs"
      autosize
      minRows={1}
      maxRows={10}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      {...rest}
      {...typed}
      onChange={(event) => typed.onChange(event.currentTarget.value)}
      error={wrong ? t('form.yamlWrong') : null}
    />
  );
}
