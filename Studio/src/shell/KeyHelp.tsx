import { Group, Kbd, Modal, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Binding, useBindings } from '../ui/keys';

/** The shortcuts that are active on the page as it is. */
export function KeyHelp({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation('shell');
  const bindings = useBindings();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('keys.title')}
      size="md"
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack gap="md">
        {(['here', 'everywhere'] as const).map((scope) => {
          const own = bindings.filter((binding) => binding.scope === scope);
          return own.length === 0 ? null : (
            <div key={scope}>
              <Title order={3} mb={6}>
                {t(`keys.${scope}`)}
              </Title>
              <Stack gap={4}>
                {own.map((binding) => (
                  <Line key={`${binding.keys} ${binding.label}`} binding={binding} />
                ))}
              </Stack>
            </div>
          );
        })}
      </Stack>
    </Modal>
  );
}

function Line({ binding }: { binding: Binding }) {
  return (
    <Group justify="space-between">
      <Text size="sm">{binding.label}</Text>
      <Group gap={4}>
        {binding.keys.split(' ').map((key) => (
          <Kbd key={key} size="sm">
            {key.replace('mod+', 'Ctrl ')}
          </Kbd>
        ))}
      </Group>
    </Group>
  );
}
