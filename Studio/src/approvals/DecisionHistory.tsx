import { Button, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import classes from './ApprovalCard.module.css';
import { kindWord } from './kinds';
import { historyQuery } from './queries';

/** What people decided, of all kinds, the last first. */
export function DecisionHistory() {
  const { t } = useTranslation('approvals');
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(historyQuery);
  const all = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card title={t('history.title')}>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={3} />}
      {data != null && all.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('history.empty')}
        </Text>
      )}
      <ul className={classes.history}>
        {all.map((one) => (
          <Past key={one.id} decision={one} />
        ))}
      </ul>
      {hasNextPage && (
        <Button size="compact-sm" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('history.more')}
        </Button>
      )}
    </Card>
  );
}

const resolutions = ['retry', 'skip', 'undo', 'cancel'] as const;

function Past({ decision: one }: { decision: Schema<'PastDecision'> }) {
  const { t } = useTranslation('approvals');
  const resolution = resolutions.find((known) => known === one.resolution);
  return (
    <li>
      <Text size="sm">
        <Moment at={one.at} as="full" /> ·{' '}
        <strong data-tone={one.approved ? 'done' : 'fail'} className={classes.verdict}>
          {resolution != null
            ? t(`history.resolved.${resolution}`)
            : one.kind === 'incident'
              ? (one.resolution ?? '')
              : t(one.approved ? 'history.approved' : 'history.rejected')}
        </strong>{' '}
        {one.by}
        {one.role != null && ` (${one.role})`}
        {one.onBehalfOf != null && ` ${t('onBehalfOf', { name: one.onBehalfOf })}`} · {kindWord(one.kind, t)}{' '}
        {one.run == null ? (
          one.subject
        ) : (
          <Link
            to="/runs/$id"
            params={{ id: one.run }}
            search={{ step: one.path ?? undefined }}
            className={classes.link}
          >
            {one.subject ?? one.run}
            {one.path != null && ` · ${one.path}`}
          </Link>
        )}
      </Text>
      {(one.question != null || (one.comment != null && one.comment !== '')) && (
        <Text size="sm" c="dimmed">
          {one.question}
          {one.comment != null && one.comment !== '' && ` “${one.comment}”`}
        </Text>
      )}
    </li>
  );
}
