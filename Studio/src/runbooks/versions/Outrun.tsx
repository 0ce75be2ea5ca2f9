import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconGitMerge } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schema, take } from '../../api/client';
import { Moment } from '../../ui/Moment';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Rows } from '../../ui/Rows';
import { sayDone } from '../../ui/toasts';
import { normal } from '../design/DesignSession';
import { useDesign, useDesignState } from '../design/useDesign';
import { DiffView } from './DiffView';
import { merge } from './merge';

type Newer = Schema<'VersionDetail'>;

interface Props {
  name: string;
  /** What runs now. */
  newer: Newer;
  /** Of the version that the text was made from; null: of none, or of nobody knows which. */
  basedOn: string | null;
  lineBreak: string;
  /** Whether the text has changes of its own. */
  changed: boolean;
  opened: boolean;
  open: (next: boolean) => void;
  /** The text goes on from the newer version. */
  rebased: (newer: Newer) => void;
}

/** Says that the text was outrun by a newer version, and leads out of it: look, take both, keep one's own, or take theirs. */
export function Outrun(props: Props) {
  const { t } = useTranslation('runbooks');
  const { t: shell } = useTranslation('shell');
  const { name, newer, changed, opened, open, rebased } = props;
  const design = useDesign();
  const takeTheirs = (): void => {
    design.replaceText(normal(newer.source));
    rebased(newer);
    open(false);
  };
  return (
    <>
      <Alert color="yellow" variant="light" p="xs" role="status" icon={<IconGitMerge aria-hidden />}>
        <Group gap="sm">
          <span>
            <Said version={newer.version} />{' '}
            {changed ? t(props.basedOn == null ? 'outrun.noBase' : 'outrun.older') : t('outrun.unchanged')}
          </span>
          {changed ? (
            <Button size="compact-xs" onClick={() => open(true)}>
              {t('outrun.look')}
            </Button>
          ) : (
            <Button size="compact-xs" onClick={takeTheirs}>
              {t('outrun.show')}
            </Button>
          )}
        </Group>
      </Alert>
      <Modal
        opened={opened}
        onClose={() => open(false)}
        size="90rem"
        title={t('outrun.title', { name })}
        closeButtonProps={{ 'aria-label': shell('action.close') }}
      >
        <Ways {...props} takeTheirs={takeTheirs} />
      </Modal>
    </>
  );
}

function Said({ version }: { version: Newer['version'] }) {
  const { t } = useTranslation('runbooks');
  if (version?.by == null) return <>{t('outrun.file')}</>;
  return (
    <>
      {t('outrun.published', { by: version.by, number: version.number })}
      {version.at != null && (
        <>
          {' '}
          (<Moment at={version.at} as="full" />)
        </>
      )}
      {version.note != null && <>: {version.note}.</>}
    </>
  );
}

function Ways({ name, newer, basedOn, lineBreak, rebased, open, takeTheirs }: Props & { takeTheirs: () => void }) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const version = useDesignState((state) => state.version);
  const ask = async (from: string) =>
    take(
      api.POST('/api/runbooks/{name}/diff', {
        params: { path: { name } },
        body: { source: design.text.replaceAll('\n', lineBreak), from },
      }),
    );
  const diff = useQuery({
    queryKey: ['runbooks', 'outrun', name, newer.digest, version],
    queryFn: () => ask(newer.digest),
  });
  const [clash, setClash] = useState<{ digest: string; lines: number[] } | null>(null);
  const keepMine = (): void => {
    rebased(newer);
    open(false);
    sayDone(t('outrun.kept', { number: newer.version?.number ?? '' }));
  };
  const both = useMutation({
    mutationFn: async () => {
      const from = basedOn ?? '';
      const [base, mine, theirs] = await Promise.all([
        take(api.GET('/api/runbooks/{name}/versions/{digest}', { params: { path: { name, digest: from } } })),
        ask(from),
        take(api.GET('/api/runbooks/{name}/diff', { params: { path: { name }, query: { from, to: newer.digest } } })),
      ]);
      return merge(normal(base.source).split('\n'), mine.lines, theirs.lines);
    },
    onSuccess: (merged) => {
      if ('clashes' in merged) return setClash({ digest: newer.digest, lines: merged.clashes });
      design.replaceText(merged.text);
      rebased(newer);
      open(false);
      sayDone(t('outrun.merged'));
    },
  });
  return (
    <Stack gap="sm">
      <Text size="sm">{t('outrun.what')}</Text>
      {diff.error != null && <ProblemNotice error={diff.error} retry={() => void diff.refetch()} />}
      {diff.data == null ? diff.error == null && <Rows count={8} height={24} /> : <DiffView diff={diff.data} />}
      {both.error != null && <ProblemNotice error={both.error} />}
      {clash?.digest === newer.digest && (
        <Alert color="red" variant="light" p="xs" role="alert">
          {t('outrun.clashes', { lines: clash.lines.join(', ') })}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={takeTheirs}>
          {t('outrun.theirs')}
        </Button>
        <Button variant={basedOn == null ? 'filled' : 'default'} onClick={keepMine} disabled={diff.data == null}>
          {t('outrun.mine')}
        </Button>
        {basedOn != null && (
          <Button onClick={() => both.mutate()} loading={both.isPending}>
            {t('outrun.both')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
