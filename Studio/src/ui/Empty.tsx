import { Center, Stack, Text, ThemeIcon } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  icon: Icon;
  /** None where the page's heading has said it. */
  title?: string;
  /** What would be here, and how to get it here. */
  children: ReactNode;
  action?: ReactNode;
}

/** Where there is nothing yet: says what would be here and how it gets here. */
export function Empty({ icon: Icon, title, children, action }: Props) {
  return (
    <Center py={48} px="md">
      <Stack align="center" gap="xs" maw={460}>
        <ThemeIcon variant="light" color="gray" size={44} radius="xl">
          <Icon size={22} aria-hidden />
        </ThemeIcon>
        {title != null && (
          <Text fw={600} ta="center">
            {title}
          </Text>
        )}
        <Text c="dimmed" size="sm" ta="center" component="div">
          {children}
        </Text>
        {action}
      </Stack>
    </Center>
  );
}
