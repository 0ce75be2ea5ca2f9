import { Button, Menu, Text } from '@mantine/core';
import { IconUser } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { sayProblem } from '../ui/toasts';
import { signOut, useIdentity } from './identity';
import { openSignIn } from '../ui/signInDialog';

/** Who acts here, said to be a claim; and the way in and out. */
export function Person() {
  const { t } = useTranslation('shell');
  const person = useIdentity();
  if (person == null) {
    return (
      <Button size="xs" variant="light" leftSection={<IconUser size={15} aria-hidden />} onClick={openSignIn}>
        {t('action.signIn')}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end" withArrow>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconUser size={15} aria-hidden />}>
          {person.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="xs">{person.roles.length === 0 ? t('identity.noRoles') : person.roles.join(', ')}</Text>
          <Text size="xs" c="dimmed">
            {t('identity.claimed')}
          </Text>
        </Menu.Label>
        <Menu.Item onClick={openSignIn}>{t('identity.title')}…</Menu.Item>
        <Menu.Item onClick={() => void signOut().catch(sayProblem)}>{t('action.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
