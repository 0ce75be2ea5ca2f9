import { Alert, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schema, take } from '../../api/client';
import { Problem } from '../../api/problem';
import { openSignIn } from '../../ui/signInDialog';
import { useIdentity } from '../../identity/identity';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { sayDone } from '../../ui/toasts';
import { keepDraft } from '../design/localDraft';
import { useDesign } from '../design/useDesign';
import { currentVersionQuery } from '../queries';

interface Props {
  opened: boolean;
  close: () => void;
  /** As the text says it. */
  name: string;
  /** As the page's address says it; null: a new runbook. */
  routeName: string | null;
  basedOn: string | null;
  lineBreak: string;
  errors: number;
  /** Shows what the newer version has otherwise, and the ways on. */
  look: () => void;
  /** The text goes on elsewhere: nothing of it is a draft here any more. */
  handOver: () => void;
  onPublished: (version: Schema<'VersionResponse'>, source: string) => void;
}

/** Publishes the text with a note: from then on it is what runs. */
export function PublishDialog(props: Props) {
  const { t } = useTranslation('runbooks');
  const { t: shell } = useTranslation('shell');
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      title={t('publish.title', { name: props.name })}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
    >
      <Body {...props} />
    </Modal>
  );
}

function Body({ close, name, routeName, basedOn, lineBreak, errors, look, handOver, onPublished }: Props) {
  const { t } = useTranslation('runbooks');
  const { t: shell } = useTranslation('shell');
  const design = useDesign();
  const person = useIdentity();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [note, setNote] = useState('');
  const publish = useMutation({
    mutationFn: async () => {
      await design.settled();
      const source = design.text.replaceAll('\n', lineBreak);
      const version = await take(
        api.POST('/api/runbooks/{name}/versions', {
          params: { path: { name } },
          body: { source, note: note.trim() === '' ? null : note.trim(), basedOn: basedOn ?? 'none' },
        }),
      );
      return { version, source };
    },
    // Somebody else published: the page shows what.
    onError: () => client.invalidateQueries({ queryKey: currentVersionQuery(name).queryKey }),
    onSuccess: ({ version, source }) => {
      sayDone(t('publish.done', { name, number: version.number }));
      void client.invalidateQueries({ queryKey: ['runbooks'] });
      onPublished(version, source);
      close();
      if (name !== routeName) void navigate({ to: '/runbooks/$name', params: { name } });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    publish.mutate();
  };
  const code = publish.error instanceof Problem ? publish.error.code : null;
  const toItsPage = (): void => {
    // Its page shows what this text would change of it, and what to do about it.
    keepDraft(name, { text: design.text, basedOn: null, at: Date.now() });
    handOver();
    close();
    void navigate({ to: '/runbooks/$name', params: { name } });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">{t('publish.what', { name })}</Text>
        {errors > 0 && (
          <Alert color="red" variant="light" p="xs">
            {t('publish.errors', { count: errors })}
          </Alert>
        )}
        <Textarea
          label={t('publish.note')}
          description={t('publish.noteHint')}
          data-autofocus
          autosize
          minRows={2}
          maxRows={6}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {publish.error != null && <ProblemNotice error={publish.error} />}
        {code === 'version-conflict' && routeName === name && (
          <Button variant="light" onClick={look}>
            {t('outrun.look')}
          </Button>
        )}
        {code === 'name-taken' && (
          <Button variant="light" onClick={toItsPage}>
            {t('publish.toItsPage', { name })}
          </Button>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {shell('action.cancel')}
          </Button>
          {person == null ? (
            <Button onClick={openSignIn}>{shell('identity.needed')}</Button>
          ) : (
            <Button type="submit" loading={publish.isPending} disabled={errors > 0}>
              {t('design.publish')}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
