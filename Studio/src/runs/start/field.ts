import type { TFunction } from 'i18next';
import type { Declared, Draft, Wrong } from './fields';

/** What every editor of an input is given. */
export interface FieldProps<D extends Draft = Draft> {
  input: Declared;
  draft: D;
  change: (next: Draft) => void;
  /** Said at the field; null: nothing is wrong. */
  error: string | null;
  /** Of a list or a mapping: the item that is wrong. */
  wrongItem?: number;
}

/** The id of an input's field, or of one of its items. */
export const fieldId = (name: string, item?: number): string =>
  item == null ? `start-${name}` : `start-${name}-${item}`;

/** Why a draft is no value, in words. */
export function wrongSaid(t: TFunction<'runs'>, { why, item, ...bounds }: Wrong): string {
  const said = t(`startForm.wrong.${why}`, bounds);
  return item == null ? said : t('startForm.wrong.item', { number: item + 1, why: said });
}

/** What is allowed, as a line under the field's name. */
export function hintOf(t: TFunction<'runs'>, input: Declared): string {
  const { minimum: least, maximum: most, unit } = input;
  const counted = (text: string) => (unit == null ? text : `${text} ${unit}`);
  const bounds =
    least != null && most != null
      ? t('startForm.between', { least, most: counted(String(most)) })
      : least != null
        ? t('startForm.atLeast', { least: counted(String(least)) })
        : most != null
          ? t('startForm.atMost', { most: counted(String(most)) })
          : null;
  const whole = input.type === 'integer' ? t('startForm.whole') : null;
  return [whole, bounds].filter((part) => part != null).join(', ');
}

/** A value as a line of text. */
export function valueSaid(t: TFunction<'runs'>, value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'startForm.yes' : 'startForm.no');
  if (value === '' || (Array.isArray(value) && value.length === 0)) return t('startForm.defaultEmpty');
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
