import { Button, Input, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import { type FieldProps, fieldId } from './field';

interface Props extends Pick<FieldProps, 'input' | 'error'> {
  description: ReactNode;
  /** Said where there is no row. */
  empty: string | null;
  /** Of the button: its words, and its name for those who do not see where it stands. */
  adds: string;
  addsTo: string;
  add: () => void;
  children: ReactNode;
}

/** An input of many values, a row each, and the button for one more. */
export function RowsField({ input, error, description, empty, adds, addsTo, add, children }: Props) {
  const label = useId();
  return (
    <Input.Wrapper
      label={input.name}
      labelElement="div"
      labelProps={{ id: label }}
      description={description}
      error={error}
      withAsterisk={input.required}
      inputWrapperOrder={['label', 'description', 'error', 'input']}
    >
      <Stack gap={6} mt={6} role="group" aria-labelledby={label} id={fieldId(input.name)} tabIndex={-1}>
        {empty != null && (
          <Text size="xs" c="dimmed">
            {empty}
          </Text>
        )}
        {children}
        <Button
          size="compact-xs"
          variant="default"
          style={{ alignSelf: 'flex-start' }}
          leftSection={<IconPlus size={12} aria-hidden />}
          aria-label={addsTo}
          onClick={add}
        >
          {adds}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
