import { ActionIcon, Group, SegmentedControl, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StatusMark } from '../ui/StatusMark';
import type { Status } from '../ui/status';
import { HeatMap } from './HeatMap';
import { nameOf } from './RunStore';
import classes from './StepDetail.module.css';
import { urgencyOf } from './urgency';
import { useRevision, useRunStore } from './useRunStore';

const pageSize = 20;

/** A loop's iterations: all of them as a heat map, and page by page with their states in words. */
export function LoopDetail({ path, select }: { path: string; select: (path: string) => void }) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const store = useRunStore();
  useRevision(500);
  const [from, setFrom] = useState(0);
  const [shown, setShown] = useState<Status | 'all'>('all');
  const children = store.childrenOf(path);
  const states = new Map<Status, number>();
  const fits = children.filter((child) => {
    const status = urgencyOf(store, child);
    states.set(status, (states.get(status) ?? 0) + 1);
    return shown === 'all' || status === shown;
  });
  const page = fits.slice(from, from + pageSize);
  const show = (next: string) => {
    setShown(next as Status | 'all');
    setFrom(0);
  };
  return (
    <div className={classes.part}>
      <HeatMap key={path} path={path} select={select} />
      {states.size > 1 && (
        <SegmentedControl
          size="xs"
          mt="sm"
          aria-label={t('heat.filter')}
          value={shown}
          onChange={show}
          data={[
            { value: 'all', label: `${t('heat.all')} ${children.length}` },
            ...[...states].map(([status, count]) => ({
              value: status,
              label: `${shell(`status.${status}`)} ${count}`,
            })),
          ]}
        />
      )}
      <ul className={classes.iterations}>
        {page.map((child) => (
          <li key={child}>
            <button type="button" className={classes.iteration} onClick={() => select(child)}>
              <StatusMark status={urgencyOf(store, child)} iconOnly /> {nameOf(child)}
            </button>
          </li>
        ))}
      </ul>
      {fits.length > pageSize && (
        <Group gap="xs" mt={4}>
          <ActionIcon
            size="sm"
            variant="default"
            aria-label={t('heat.previous')}
            disabled={from === 0}
            onClick={() => setFrom(from - pageSize)}
          >
            <IconChevronLeft size={14} />
          </ActionIcon>
          <Text size="xs" c="dimmed">
            {t('heat.page', { from: from + 1, to: Math.min(from + pageSize, fits.length), all: fits.length })}
          </Text>
          <ActionIcon
            size="sm"
            variant="default"
            aria-label={t('heat.next')}
            disabled={from + pageSize >= fits.length}
            onClick={() => setFrom(from + pageSize)}
          >
            <IconChevronRight size={14} />
          </ActionIcon>
        </Group>
      )}
    </div>
  );
}
