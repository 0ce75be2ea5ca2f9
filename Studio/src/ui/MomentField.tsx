import { TextInput, type TextInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { momentIn, readBack } from './time';

interface Props extends Omit<TextInputProps, 'value' | 'onChange' | 'type'> {
  /** As typed: year, month, day, then the time. A browser's own picker shows the month first to some and the day first to others. */
  value: string;
  onChange: (typed: string) => void;
  /** The zone that it is typed in. */
  zone: string;
}

/** A moment, typed in one order for everybody, and read back in words with its zone. */
export function MomentField({ value, onChange, zone, error, ...rest }: Props) {
  const { t } = useTranslation('shell');
  const at = momentIn(value, zone);
  return (
    <TextInput
      {...rest}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      placeholder="2026-11-12 00:00"
      inputMode="numeric"
      autoComplete="off"
      description={at == null ? t('time.typed', { zone }) : readBack(at, zone)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      error={error ?? (value.trim() !== '' && at == null ? t('time.typedWrong') : null)}
    />
  );
}
