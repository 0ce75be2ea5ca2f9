import { Button, Center, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { eventName } from '../i18n/server';
import type { Entry } from '../live/connection';
import { useBatches } from '../live/live';
import { useKey } from '../shell/keys';
import list from '../shell/List.module.css';
import { Moment } from '../shell/Moment';
import { ProblemNotice } from '../shell/ProblemNotice';
import { Rows } from '../shell/Rows';
import classes from './Journal.module.css';
import { useZone } from '../shell/time';
import { eventDetail } from './eventTexts';
import { journalQuery } from './queries';

interface Props {
  run: string;
  /** Of the journal when the page was opened. */
  version: number;
  select: (path: string) => void;
}

/** The run's journal, the newest first, with what comes in front. */
export function Journal({ run, version, select }: Props) {
  const { t } = useTranslation('runs');
  const [typed, setTyped] = useState('');
  const [opened] = useState(version);
  const [late, setLate] = useState<Entry[]>([]);
  const search = useRef<HTMLInputElement>(null);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    journalQuery(run, opened),
  );
  useKey('/', t('journal.search'), () => search.current?.focus());
  useBatches(({ entries }) => {
    const own = entries.filter((entry) => entry.run === run && entry.version > opened);
    if (own.length > 0) setLate((before) => [...before, ...own].slice(-2_000));
  });
  useEffect(() => {
    // What happened between the page's opening and this list's: the stream told it to nobody here.
    if (version > opened) void refetch();
  }, []); // eslint-disable-line react-hooks/exhaustive-deps

  const zone = useZone();
  const word = typed.trim().toLowerCase();
  const entries = [...late.toReversed(), ...(data?.pages.flatMap((page) => page.items.toReversed()) ?? [])];
  const lines = entries
    .flatMap((entry) =>
      entry.events.toReversed().map((event, index) => ({ entry, event, index, detail: eventDetail(event, zone) })),
    )
    .filter(
      ({ event, detail }) =>
        word === '' ||
        `${event.event} ${eventName(event.event)} ${event.path ?? ''} ${detail}`.toLowerCase().includes(word),
    );

  return (
    <div className={classes.journal}>
      <TextInput
        ref={search}
        size="xs"
        m="xs"
        w={280}
        placeholder={`${t('journal.search')}  /`}
        aria-label={t('journal.search')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {data == null && error == null && <Rows count={12} height={28} />}
      {data != null && (
        // It scrolls, so the keyboard must reach it.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={classes.scroller} tabIndex={0} role="region" aria-label={t('journal.label')}>
          <table className={`${list.table} ${classes.table}`}>
            <thead>
              <tr>
                <th className={list.end}>{t('journal.version')}</th>
                <th>{t('journal.at')}</th>
                <th>{t('journal.event')}</th>
                <th>{t('journal.step')}</th>
                <th>{t('journal.detail')}</th>
              </tr>
            </thead>
            <tbody>
              {lines.map(({ entry, event, index, detail }) => (
                <tr key={`${entry.version} ${index}`}>
                  <td className={`${list.end} ${list.dim}`}>{entry.version}</td>
                  <td className={list.dim}>
                    <Moment at={entry.at} as="full" />
                  </td>
                  <td className={classes.event} title={event.event}>
                    {eventName(event.event)}
                  </td>
                  <td>
                    {event.path != null && event.path !== '' && (
                      <button type="button" className={classes.step} onClick={() => select(event.path ?? '')}>
                        {event.path}
                      </button>
                    )}
                  </td>
                  <td className={classes.detail}>{detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Center py="sm">
            {hasNextPage ? (
              <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t('journal.earlier')}
              </Button>
            ) : (
              <Text size="sm" c="dimmed">
                {lines.length === 0 ? t('journal.nothing') : t('journal.begin')}
              </Text>
            )}
          </Center>
        </div>
      )}
    </div>
  );
}
