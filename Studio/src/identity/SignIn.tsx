import { Alert, Button, Checkbox, Group, Modal, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from '../ui/ProblemNotice';
import { identity, knownRoles, nameShape, signIn } from './identity';
import { rolesQuery } from './queries';
import { closeSignIn, useSignInOpen } from '../ui/signInDialog';

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
  const known = useRoles();
  const nameWrong = !nameShape.test(name.trim());
  const roleWrong = roles.some((role) => !nameShape.test(role));

  const meaningOf = (role: string) => {
    const one = knownRoles.find((candidate) => candidate === role);
    return one == null ? undefined : t(`identity.role.${one}`);
  };

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
        <Checkbox.Group
          label={t('identity.roles')}
          description={t('identity.rolesHint')}
          value={roles}
          onChange={setRoles}
        >
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt={6}>
            {known.map((role) => (
              <Checkbox key={role} size="xs" value={role} label={role} description={meaningOf(role)} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        <TagsInput
          label={t('identity.otherRoles')}
          value={roles.filter((role) => !known.includes(role))}
          onChange={(others) => setRoles([...roles.filter((role) => known.includes(role)), ...others])}
          acceptValueOnBlur
          splitChars={[',']}
          error={sent && roleWrong ? t('identity.roleWrong') : null}
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

/** Roles that decide something: of the runbooks that ship, and those that runbooks here ask. */
function useRoles(): string[] {
  const { data } = useQuery(rolesQuery);
  return [...new Set([...knownRoles, ...(data?.items.map(({ role }) => role) ?? [])])];
}
