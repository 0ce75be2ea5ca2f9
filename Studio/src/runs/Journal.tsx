import { Button, Center, Group, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry } from '../live/connection';
import { useBatches } from '../live/live';
import { useKey } from '../ui/keys';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { useZone } from '../ui/time';
import classes from './Journal.module.css';
import { linesOf, linesWith } from './journalLines';
import { JournalRows } from './JournalRows';
import { journalQuery } from './queries';
import { useAddressText } from './useAddressText';

interface Props {
  run: string;
  /** Of the journal when the page was opened. */
  version: number;
  /** As it stands in the address. */
  filter: string;
  setFilter: (filter: string) => void;
  select: (path: string) => void;
}

/** The run's journal, the newest first, with what comes in front. */
export function Journal({ run, version, filter, setFilter, select }: Props) {
  const { t, i18n } = useTranslation('runs');
  const [typed, type] = useAddressText(filter, setFilter);
  const [opened] = useState(version);
  const [late, setLate] = useState<Entry[]>([]);
  const search = useRef<HTMLInputElement>(null);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    journalQuery(run, opened),
  );
  useKey('/', t('journal.search'), () => search.current?.focus());
  useBatches(({ entries }) => {
    const own = entries.filter((entry) => entry.run === run && entry.version > opened);
    if (own.length > 0) setLate((before) => [...before, ...own]);
  });
  useEffect(() => {
    // What happened between the page's opening and this list's: the stream told it to nobody here.
    if (version > opened) void refetch();
  }, []); // eslint-disable-line react-hooks/exhaustive-deps

  const zone = useZone();
  const { language } = i18n;
  const all = useMemo(
    () => linesOf([...late.toReversed(), ...(data?.pages.flatMap((page) => page.items.toReversed()) ?? [])], zone),
    // The words are the language's.
    [late, data, zone, language], // eslint-disable-line react-hooks/exhaustive-deps
  );
  // The field shows each key at once; the rows follow when there is time.
  const wanted = useDeferredValue(typed.trim());
  const lines = useMemo(() => linesWith(all, wanted), [all, wanted]);
  const filtered = wanted !== '';
  const counted = !filtered
    ? t('journal.events', { count: all.length })
    : hasNextPage
      ? t('journal.ofLoaded', { shown: lines.length, all: all.length })
      : t('journal.ofAll', { shown: lines.length, all: all.length });

  return (
    <div className={classes.journal}>
      <Group m="xs" gap="sm">
        <TextInput
          ref={search}
          size="xs"
          w={280}
          placeholder={`${t('journal.search')}  /`}
          aria-label={t('journal.search')}
          value={typed}
          onChange={(event) => type(event.currentTarget.value)}
        />
        <Text size="xs" c="dimmed" role="status">
          {data != null && counted}
        </Text>
      </Group>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={12} height={28} />}
      {data != null && (
        <JournalRows
          lines={lines}
          count={hasNextPage ? -1 : lines.length}
          select={select}
          end={
            <Center py="sm">
              {hasNextPage ? (
                <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  {t('journal.earlier')}
                </Button>
              ) : (
                <Text size="sm" c="dimmed">
                  {filtered ? lines.length === 0 && t('journal.nothing') : t('journal.begin')}
                </Text>
              )}
            </Center>
          }
        />
      )}
    </div>
  );
}
