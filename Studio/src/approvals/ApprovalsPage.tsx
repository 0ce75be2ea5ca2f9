import { Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import { useKey } from '../ui/keys';
import { Page } from '../ui/Page';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { useRows } from '../ui/useRows';
import { DecisionCard } from './DecisionCard';
import { DecisionHistory } from './DecisionHistory';
import { Delegations } from './Delegations';
import { useDecisionsQuery } from './queries';
import './texts';

/** Everything that waits for people, of whatever kind: what the reader may decide first; and what was decided. */
export function ApprovalsPage() {
  const { t } = useTranslation('approvals');
  const { data, error, refetch } = useQuery(useDecisionsQuery());
  const all = data?.items ?? [];
  const mine = all.filter((one) => one.mine?.may === true);
  const others = all.filter((one) => one.mine?.may !== true);
  const ordered = [...mine, ...others];
  const { current, rowProps } = useRows(ordered.length);
  useKey(mine.length > 0 ? 'a' : null, t('approve'), () => {
    // Goes to the button and does not press it: one key must never decide.
    const row =
      document.querySelectorAll('[data-approval]')[Math.max(0, current)] ?? document.querySelector('[data-approval]');
    row?.querySelector<HTMLElement>('[data-approve]')?.focus();
  });

  return (
    <Page title={t('title')}>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={4} height={120} />}
      {data != null && all.length === 0 && (
        <Card flush>
          <Empty icon={IconCircleCheck} title={t('emptyTitle')}>
            {t('empty')}
          </Empty>
        </Card>
      )}
      {all.length > 0 && (
        <Stack gap="sm" maw={880}>
          <Title order={2}>{t('forMe')}</Title>
          {mine.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('noneForMe')}
            </Text>
          )}
          {ordered.map((one, index) => (
            <div key={`${one.kind} ${one.id}`} data-approval data-kind={one.kind} {...rowProps(index)}>
              {index === mine.length && others.length > 0 && (
                <Title order={2} mb="sm">
                  {t('others')}
                </Title>
              )}
              <DecisionCard decision={one} />
            </div>
          ))}
        </Stack>
      )}
      <DecisionHistory />
      <Delegations />
    </Page>
  );
}
