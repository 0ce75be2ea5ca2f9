import { Button, TextInput } from '@mantine/core';
import { IconNotebook, IconPlus, IconSearch, IconZoomQuestion } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StartDialog } from '../../runs/StartDialog';
import '../../runs/texts';
import { Card } from '../../ui/Card';
import { Empty } from '../../ui/Empty';
import { useKey } from '../../ui/keys';
import { Page } from '../../ui/Page';
import { usePaletteItem } from '../../ui/palette';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Rows } from '../../ui/Rows';
import { runbooksQuery } from '../queries';
import '../texts';
import { RunbooksTable } from './RunbooksTable';

const route = getRouteApi('/runbooks');
const shown = 40;

/** The runbooks, each as a start by name runs it. */
export function RunbooksPage() {
  const { t } = useTranslation('runbooks');
  const { t: shell } = useTranslation('shell');
  const { find } = route.useSearch();
  const navigate = route.useNavigate();
  const go = useNavigate();
  const { data, error, refetch } = useQuery(runbooksQuery);
  const [starting, setStarting] = useState<string | null>(null);
  const [limit, setLimit] = useState(shown);
  const search = useRef<HTMLInputElement>(null);
  useKey('/', shell('keys.search'), () => search.current?.focus());
  usePaletteItem({
    id: 'new runbook',
    group: shell('palette.actions'),
    title: t('list.new'),
    icon: IconPlus,
    run: () => void go({ to: '/new-runbook' }),
  });

  const words = (find ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const found = (data?.items ?? []).filter(({ name, description }) =>
    words.every((word) => `${name} ${description ?? ''}`.toLowerCase().includes(word)),
  );
  const create = (
    <Button size="xs" leftSection={<IconPlus size={14} aria-hidden />} component={Link} to="/new-runbook">
      {t('list.new')}
    </Button>
  );
  return (
    <Page title={t('list.title')} actions={create}>
      <TextInput
        ref={search}
        size="xs"
        w={320}
        maw="100%"
        leftSection={<IconSearch size={14} aria-hidden />}
        placeholder={t('list.find')}
        aria-label={t('list.find')}
        value={find ?? ''}
        onChange={(event) =>
          void navigate({
            search: { find: event.currentTarget.value === '' ? undefined : event.currentTarget.value },
            replace: true,
          })
        }
      />
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      <Card flush>
        {data == null && error == null && <Rows count={6} height={44} />}
        {found.length > 0 && <RunbooksTable runbooks={found.slice(0, limit)} start={setStarting} />}
        {found.length > limit && (
          <Button variant="subtle" fullWidth onClick={() => setLimit(limit + shown)}>
            {shell('action.more')}
          </Button>
        )}
        {data != null && data.items.length === 0 && (
          <Empty icon={IconNotebook} title={t('list.emptyTitle')} action={create}>
            {t('list.empty')}
          </Empty>
        )}
        {data != null && data.items.length > 0 && found.length === 0 && (
          <Empty
            icon={IconZoomQuestion}
            title={t('list.nothingFound')}
            action={
              <Button size="xs" variant="default" onClick={() => void navigate({ search: {}, replace: true })}>
                {t('list.showAll')}
              </Button>
            }
          >
            {t('list.nothingFoundHint', { find })}
          </Empty>
        )}
      </Card>
      <StartDialog opened={starting != null} close={() => setStarting(null)} runbook={starting ?? undefined} />
    </Page>
  );
}
