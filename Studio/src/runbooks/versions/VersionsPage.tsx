import { Tag } from '../Tag';
import { Button, Group, Text } from '@mantine/core';
import { IconEdit, IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { Card } from '../../ui/Card';
import { Empty } from '../../ui/Empty';
import { Moment } from '../../ui/Moment';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Rows } from '../../ui/Rows';
import { sayProblem } from '../../ui/toasts';
import { normal } from '../design/DesignSession';
import { keepDraft } from '../design/localDraft';
import { diffQuery, versionQuery, versionsQuery } from '../queries';
import type { VersionsSearch } from '../search';
import '../texts';
import { queryClient } from '../../api/queryClient';
import { DiffView } from './DiffView';
import classes from './Versions.module.css';

const route = getRouteApi('/runbooks/$name/versions');

type Version = Schema<'VersionResponse'>;

/** Who published what, when and why; and two versions beside each other. */
export function VersionsPage() {
  const { t } = useTranslation('runbooks');
  const { name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(versionsQuery(name));
  const versions = data?.items ?? [];
  const to = search.to ?? versions.find(({ current }) => current)?.digest;
  const from = search.from ?? versions.find(({ digest }) => digest !== to)?.digest;
  const change = (next: VersionsSearch): void => void navigate({ search: { from, to, ...next }, replace: true });
  return (
    <Page
      title={t('versions.title', { name })}
      actions={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconEdit size={14} aria-hidden />}
          component={Link}
          to={`/runbooks/${name}`}
        >
          {t('versions.design')}
        </Button>
      }
    >
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      <div className={classes.page}>
        <Card flush title={t('versions.list')}>
          {data == null && error == null && <Rows count={4} />}
          <ul className={classes.list}>
            {versions.map((version) => (
              <VersionRow
                key={version.digest + String(version.number)}
                name={name}
                version={version}
                from={from}
                to={to}
                change={change}
                current={versions.find(({ current }) => current)?.digest}
              />
            ))}
          </ul>
        </Card>
        <Card flush title={t('versions.difference')}>
          {from != null && to != null ? (
            <Difference name={name} from={from} to={to} />
          ) : (
            data != null && (
              <Empty icon={IconHistory} title={t('versions.onlyOne')}>
                {t('versions.onlyOneHint')}
              </Empty>
            )
          )}
        </Card>
      </div>
    </Page>
  );
}

interface RowProps {
  name: string;
  version: Version;
  from: string | undefined;
  to: string | undefined;
  current: string | undefined;
  change: (search: VersionsSearch) => void;
}

function VersionRow({ name, version, from, to, current, change }: RowProps) {
  const { t } = useTranslation('runbooks');
  const title = version.number == null ? t('versions.file') : t('versions.number', { number: version.number });
  return (
    <li className={classes.version}>
      <Group gap={6}>
        <Text size="sm" fw={600}>
          {title}
        </Text>
        {version.current && <Tag tone="done">{t('versions.current')}</Tag>}
        {version.inCatalog && <Tag tone="pending">{t('versions.inCatalog')}</Tag>}
      </Group>
      {version.note != null && <Text size="sm">{version.note}</Text>}
      <Text size="xs" c="dimmed">
        {version.by != null && `${version.by} · `}
        {version.at != null && <Moment at={version.at} as="full" />} <code>{version.digest.slice(0, 8)}</code>
      </Text>
      <Group gap={6} mt={4}>
        <Button
          size="compact-xs"
          variant={from === version.digest ? 'filled' : 'default'}
          aria-pressed={from === version.digest}
          onClick={() => change({ from: version.digest })}
        >
          {t('versions.left')}
        </Button>
        <Button
          size="compact-xs"
          variant={to === version.digest ? 'filled' : 'default'}
          aria-pressed={to === version.digest}
          onClick={() => change({ to: version.digest })}
        >
          {t('versions.right')}
        </Button>
        {!version.current && <TakeUp name={name} digest={version.digest} current={current ?? null} />}
      </Group>
    </li>
  );
}

/** Takes an earlier text as the draft: publishing it makes it current again. */
function TakeUp({ name, digest, current }: { name: string; digest: string; current: string | null }) {
  const { t } = useTranslation('runbooks');
  const navigate = useNavigate();
  const take = async (): Promise<void> => {
    try {
      const { source } = await queryClient.fetchQuery(versionQuery(name, digest));
      keepDraft(name, { text: normal(source), basedOn: current, at: Date.now() });
      await navigate({ to: '/runbooks/$name', params: { name } });
    } catch (error) {
      sayProblem(error);
    }
  };
  return (
    <Button size="compact-xs" variant="subtle" onClick={() => void take()}>
      {t('versions.takeUp')}
    </Button>
  );
}

function Difference({ name, from, to }: { name: string; from: string; to: string }) {
  const { data, error, refetch } = useQuery(diffQuery(name, from, to));
  if (error != null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  return data == null ? <Rows count={12} height={24} /> : <DiffView diff={data} />;
}
