import { Alert, Button, Group, Modal, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../shell/ProblemNotice';
import { identity, knownRoles, nameShape, signIn } from './identity';
import { closeSignIn, useSignInOpen } from './signInDialog';

/** People say who they are and in which roles they decide. Labelled as what it is: a claim. */
export function SignIn() {
  const { t } = useTranslation('shell');
  const open = useSignInOpen();
  return (
    <Modal
      opened={open}
      onClose={closeSignIn}
      title={t('identity.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Form />
    </Modal>
  );
}

function Form() {
  const { t } = useTranslation('shell');
  const [name, setName] = useState(identity()?.name ?? '');
  const [roles, setRoles] = useState(identity()?.roles ?? []);
  const [sent, setSent] = useState(false);
  const { mutate, error, isPending } = useMutation({ mutationFn: signIn, onSuccess: closeSignIn });
  const nameWrong = !nameShape.test(name.trim());
  const roleWrong = roles.some((role) => !nameShape.test(role));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (nameWrong || roleWrong) return;
    mutate({ name: name.trim(), roles });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Alert color="yellow" variant="light" p="xs">
          <Text size="sm">{t('identity.why')}</Text>
        </Alert>
        <TextInput
          label={t('identity.name')}
          description={t('identity.nameHint')}
          value={name}
          data-autofocus
          autoComplete="username"
          spellCheck={false}
          onChange={(event) => setName(event.currentTarget.value)}
          error={sent && nameWrong ? t('identity.nameWrong') : null}
        />
        <TagsInput
          label={t('identity.roles')}
          description={t('identity.rolesHint')}
          data={knownRoles}
          value={roles}
          onChange={setRoles}
          acceptValueOnBlur
          error={sent && roleWrong ? t('identity.roleWrong') : null}
          renderOption={({ option }) => <RoleOption role={option.value} />}
        />
        {error != null && <ProblemNotice error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={closeSignIn}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={isPending}>
            {t('action.signIn')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function RoleOption({ role }: { role: string }) {
  const { t } = useTranslation('shell');
  const named = role === 'commander' || role === 'sre-lead' || role === 'engineer' || role === 'auditor';
  return (
    <div>
      <Text size="sm">{role}</Text>
      {named && (
        <Text size="xs" c="dimmed">
          {t(`identity.role.${role}`)}
        </Text>
      )}
    </div>
  );
}
