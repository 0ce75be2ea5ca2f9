import { Tag } from '../Tag';
import { ActionIcon, Group, Menu, Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCopy,
  IconDots,
  IconEdit,
  IconHistory,
  IconPlayerPlay,
  IconTimelineEvent,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { api, take } from '../../api/client';
import { AccessIcon } from '../../identity/AccessButton';
import list from '../../ui/List.module.css';
import { triggersQuery } from '../../schedules/queries';
import { Moment } from '../../ui/Moment';
import { StatusMark } from '../../ui/StatusMark';
import { useRows } from '../../ui/useRows';
import { draftNames } from '../design/localDraft';
import { lastRunQuery } from '../queries';
import classes from './List.module.css';

type Runbook = Schema<'RunbookResponse'>;

interface Props {
  runbooks: readonly Runbook[];
  start: (name: string) => void;
}

export function RunbooksTable({ runbooks, start }: Props) {
  const { t } = useTranslation('runbooks');
  const { rowProps } = useRows(runbooks.length);
  const drafts = new Set(draftNames());
  return (
    <table className={list.table} aria-label={t('list.title')}>
      <thead>
        <tr>
          <th>{t('list.name')}</th>
          <th>{t('list.version')}</th>
          <th>{t('list.lastRun')}</th>
          <th>{t('list.nextFire')}</th>
          <th>
            <span className="visually-hidden">{t('list.actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {runbooks.map((runbook, index) => (
          <tr key={runbook.name} {...rowProps(index)}>
            <td className={classes.name}>
              <Group gap={8}>
                <Link to="/runbooks/$name" params={{ name: runbook.name }} preload="intent">
                  {runbook.name}
                </Link>
                {!runbook.valid && (
                  <Tag tone="fail">
                    <IconAlertTriangle size={11} aria-hidden />
                    {t('list.invalid')}
                  </Tag>
                )}
                {drafts.has(runbook.name) && <Tag tone="pause">{t('list.draft')}</Tag>}
              </Group>
              <Text size="xs" c="dimmed" lineClamp={1}>
                {runbook.description}
              </Text>
            </td>
            <td>
              <Version runbook={runbook} />
            </td>
            <td>
              <LastRun name={runbook.name} />
            </td>
            <td data-wide>
              <NextFire runbook={runbook} />
            </td>
            <td className={list.end}>
              <Group gap={4} wrap="nowrap" justify="flex-end">
                <AccessIcon
                  access="POST /api/runs"
                  label={t('design.run')}
                  variant="subtle"
                  color="gray"
                  disabled={!runbook.valid}
                  aria-label={t('list.runNamed', { name: runbook.name })}
                  onClick={() => start(runbook.name)}
                >
                  <IconPlayerPlay size={16} aria-hidden />
                </AccessIcon>
                <More name={runbook.name} />
              </Group>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function More({ name }: { name: string }) {
  const { t } = useTranslation('runbooks');
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('list.moreNamed', { name })}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconEdit size={14} aria-hidden />} component={Link} to={`/runbooks/${name}`}>
          {t('list.design')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconHistory size={14} aria-hidden />}
          component={Link}
          to={`/runbooks/${name}/versions`}
        >
          {t('design.versions')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTimelineEvent size={14} aria-hidden />}
          component={Link}
          to={`/runs?runbook=${name}`}
        >
          {t('list.runs')}
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={14} aria-hidden />} component={Link} to={`/new-runbook?copyOf=${name}`}>
          {t('list.copy')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Version({ runbook: { publishedVersion, fileDiffers, file } }: { runbook: Runbook }) {
  const { t } = useTranslation('runbooks');
  if (publishedVersion == null) {
    return (
      <Text size="sm" c="dimmed" title={file}>
        {t('versions.file')}
      </Text>
    );
  }
  return (
    <Group gap={6}>
      <Text size="sm">{t('versions.number', { number: publishedVersion.number ?? 0 })}</Text>
      <Text size="xs" c="dimmed">
        {publishedVersion.by} {publishedVersion.at != null && <Moment at={publishedVersion.at} as="full" />}
      </Text>
      {fileDiffers && <Tag tone="pending">{t('list.fileDiffers')}</Tag>}
    </Group>
  );
}

function LastRun({ name }: { name: string }) {
  const { t } = useTranslation('runbooks');
  const { data } = useQuery(lastRunQuery(name));
  const run = data?.items[0];
  if (data == null) return null;
  if (run == null) return <span className={list.dim}>{t('list.never')}</span>;
  return (
    <Group gap={8} wrap="nowrap">
      <Link to="/runs/$id" params={{ id: run.id }}>
        <StatusMark status={run.status} />
      </Link>
      <Text size="xs" c="dimmed">
        <Moment at={run.startedAt} as="full" />
      </Text>
    </Group>
  );
}

/** When a trigger starts it next; its cron where this server says no more. */
function NextFire({ runbook: { name, valid } }: { runbook: Runbook }) {
  const { t } = useTranslation('runbooks');
  const { data: schedules } = useQuery(triggersQuery);
  const { data: detail } = useQuery({
    queryKey: ['runbooks', 'one', name],
    queryFn: ({ signal }) => take(api.GET('/api/runbooks/{name}', { params: { path: { name } }, signal })),
    enabled: valid,
  });
  const next = (schedules?.items ?? [])
    .filter((schedule) => schedule.runbook === name)
    .flatMap((schedule) => schedule.next)
    .sort((a, b) => a.at.localeCompare(b.at))[0];
  if (valid && detail == null) return null;
  const crons = detail?.triggers ?? [];
  if (next != null) {
    return (
      <Group gap={6}>
        <Moment at={next.at} as="full" />
        {next.expected !== 'fired' && next.expected !== 'overridden' && (
          <Tag tone="pause">{t(`list.expected.${next.expected as 'blocked'}`)}</Tag>
        )}
      </Group>
    );
  }
  return crons.length === 0 ? (
    <span className={list.dim}>{t('list.byHand')}</span>
  ) : (
    <code className={classes.cron}>{crons.join(' · ')}</code>
  );
}
