import { Combobox, Text, TextInput, useCombobox } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesign } from '../design/useDesign';
import { complete, expressionBefore, type Suggestion } from '../expressions/complete';
import { type Scope, scopeAt } from '../expressions/scope';
import type { Path } from '../model/edits';
import classes from './forms.module.css';
import { useChange, useFormStep } from './FormContext';
import { useTyped } from './useTyped';

interface Props {
  field: Path;
  label: ReactNode;
  description?: ReactNode;
  placeholder?: string;
  value: unknown;
  required?: boolean;
  /** At the end of the field. */
  aside?: ReactNode;
}

const whole = /^\s*\$\{\s*([\s\S]*?)\s*\}\s*$/;

/** An expression, or a text with some in it, with the names in scope to choose from. */
export function ExpressionField({ field, value, aside, ...rest }: Props) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const { path, part } = useFormStep();
  const { set, unset } = useChange();
  const input = useRef<HTMLInputElement>(null);
  const [scope, setScope] = useState<Scope | null>(null);
  const [cursor, setCursor] = useState(0);
  const text = value == null ? '' : String(value);
  // One expression is shown without its ${ }, which every field of this kind has.
  const bare = whole.exec(text)?.[1] ?? (text === '' ? '' : null);
  const wrap = (typed: string): string => (bare == null ? typed : `\${ ${typed} }`);
  const typed = useTyped(bare ?? text, (next) => (next.trim() === '' ? unset(field) : set(field, wrap(next))));
  const combobox = useCombobox();
  const found = scope == null ? null : suggest(typed.value.slice(0, cursor), bare != null, scope);

  const look = (): void => {
    setCursor(input.current?.selectionStart ?? 0);
    combobox.openDropdown();
  };
  const choose = (label: string): void => {
    if (found == null) return;
    const next = typed.value.slice(0, found.from) + label + typed.value.slice(cursor);
    typed.onChange(next);
    combobox.closeDropdown();
    const at = found.from + label.length;
    setCursor(at);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };

  return (
    <Combobox store={combobox} onOptionSubmit={choose} position="bottom-start">
      <Combobox.Target>
        <TextInput
          {...rest}
          ref={input}
          size="xs"
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: classes.expression }}
          leftSection={
            bare == null ? null : (
              <Text size="xs" c="dimmed" ff="monospace">
                {'${'}
              </Text>
            )
          }
          leftSectionPointerEvents="none"
          rightSection={aside}
          value={typed.value}
          onFocus={() => {
            typed.onFocus();
            void scopeAt(design.text, path, part).then(setScope);
            look();
          }}
          onBlur={() => {
            typed.onBlur();
            combobox.closeDropdown();
          }}
          onClick={look}
          onKeyUp={() => setCursor(input.current?.selectionStart ?? 0)}
          onChange={(event) => {
            typed.onChange(event.currentTarget.value);
            setCursor(event.currentTarget.selectionStart ?? 0);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={found == null || found.suggestions.length === 0} className={classes.suggestions}>
        <Combobox.Options aria-label={t('form.names')}>
          {found?.suggestions.map(({ label, detail, info }) => (
            <Combobox.Option key={label} value={label}>
              <span className={classes.suggestion}>
                <code>{label}</code>
                <Text span size="xs" c="dimmed">
                  {detail}
                </Text>
              </span>
              {info != null && (
                <Text size="xs" c="dimmed" lineClamp={1}>
                  {info}
                </Text>
              )}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function suggest(before: string, isWhole: boolean, scope: Scope): { from: number; suggestions: Suggestion[] } | null {
  const open = isWhole ? { from: 0, before } : expressionBefore(before);
  if (open == null) return null;
  const found = complete(open.before, scope.names, scope.globals);
  if (found == null) return null;
  const word = open.before.slice(found.from).toLowerCase();
  const from = open.from + found.from;
  const suggestions = found.suggestions
    .filter(({ label }) => label.toLowerCase().includes(word) && label.toLowerCase() !== word)
    .slice(0, 40);
  return { from, suggestions };
}
