import { eventName } from '../i18n/server';
import { language } from '../i18n/i18n';
import type { Entry, RunEvent } from '../live/connection';
import type { ZoneChoice } from '../ui/time';
import { eventDetail } from './eventTexts';

/** One event of a journal as its row shows it. */
export interface JournalLine {
  /** The same for the same event, however often the journal is read. */
  key: string;
  version: number;
  at: string;
  event: RunEvent;
  name: string;
  detail: string;
  /** All that a filter looks at, in lower case. */
  text: string;
}

const known = new WeakMap<Entry, { words: string; lines: JournalLine[] }>();

/** The lines of entries that come newest first. What an entry says is worked out once: a key in the filter must not. */
export function linesOf(entries: readonly Entry[], zone: ZoneChoice): JournalLine[] {
  const words = `${language()} ${zone}`;
  return entries.flatMap((entry) => {
    const before = known.get(entry);
    if (before?.words === words) return before.lines;
    const lines = entry.events.map((event, index) => lineOf(entry, event, index, zone)).toReversed();
    known.set(entry, { words, lines });
    return lines;
  });
}

/** The lines in which every word of the filter occurs; all of them without one. */
export function linesWith(lines: readonly JournalLine[], filter: string): readonly JournalLine[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? lines : lines.filter(({ text }) => words.every((word) => text.includes(word)));
}

function lineOf(entry: Entry, event: RunEvent, index: number, zone: ZoneChoice): JournalLine {
  const name = eventName(event.event);
  const detail = eventDetail(event, zone);
  return {
    key: `${entry.version} ${index}`,
    version: entry.version,
    at: entry.at,
    event,
    name,
    detail,
    text: `${event.event} ${name} ${event.path ?? ''} ${detail}`.toLowerCase(),
  };
}
