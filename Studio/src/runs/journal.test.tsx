import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { changeLanguage } from '../i18n/i18n';
import { eventName, knownEvent } from '../i18n/server';
import type { Entry, RunEvent } from '../live/connection';
import { eventDetail } from './eventTexts';
import { JournalRows } from './JournalRows';
import { linesOf, linesWith } from './journalLines';
import { applyEvent, newStep } from './stepModel';
import { RunStore } from './RunStore';
import './texts';

/** A line of each kind that a journal can hold: a test of the server's keeps them complete. */
const samples = readFileSync(join(import.meta.dirname, '../../../tests/Workflows.Tests/Journals/events.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => JSON.parse(line) as RunEvent);

const entryOf = (version: number, ...events: RunEvent[]): Entry => ({
  position: version,
  run: 'r',
  version,
  at: '2026-11-11T00:00:00+08:00',
  events,
});

afterEach(() => {
  changeLanguage('en');
  vi.restoreAllMocks();
});

/** A window of that height: jsdom lays nothing out. */
function show(lines: ReturnType<typeof linesOf>, count = lines.length): void {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(1_000);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(29);
  render(
    <MantineProvider>
      <JournalRows lines={lines} count={count} select={() => {}} end={null} />
    </MantineProvider>,
  );
}

describe.each(['en', 'zh'] as const)('a journal in %s', (language) => {
  it.each(samples.map((event) => [event.event, event] as const))('shows %s', (kind, event) => {
    changeLanguage(language);
    const lines = linesOf([entryOf(1, event)], 'promotion');
    const [line] = lines;

    expect(knownEvent(kind)).toBe(true);
    expect(line?.name).not.toContain(kind);
    const says = Object.keys(event).filter((name) => name !== 'event' && name !== 'path');
    if (says.length > 0) expect(line?.detail, says.join()).not.toBe('');
    expect(linesWith(lines, kind)).toEqual(lines);
    show(lines);
    expect(screen.getByText(eventName(kind))).toBeTruthy();
  });

  it('shows an event of a newer server as it is', () => {
    changeLanguage(language);
    const lines = linesOf([entryOf(1, { event: 'moon-landed', path: 'a', crater: { name: 'Tycho' } })], 'promotion');

    show(lines);

    expect(screen.getByText(eventName('moon-landed')).textContent).toContain('moon-landed');
    expect(screen.getByText('{"crater":{"name":"Tycho"}}')).toBeTruthy();
  });
});

it('has a line of every kind', () => {
  const family = readFileSync(join(import.meta.dirname, '../../../Workflows/Model/Events/RunEvent.cs'), 'utf8');
  const kinds = [...family.matchAll(/JsonDerivedType\(typeof\(\w+\), "([a-z-]+)"\)/g)].map(([, kind]) => kind);

  expect(samples.map(({ event }) => event).toSorted()).toEqual(kinds.toSorted());
});

it.each(samples.map((event) => [event.event, event] as const))(
  'goes on after %s that holds nothing of what it should',
  (kind, event) => {
    for (const broken of [
      { event: kind, path: 'a' },
      { ...event, error: 7, items: 3, roles: {}, resources: 'x' },
    ]) {
      expect(typeof eventDetail(broken as RunEvent, 'promotion')).toBe('string');
      expect(applyEvent(newStep('a', 't'), broken as RunEvent, 't').path).toBe('a');
      expect(() => new RunStore('r').take({ entries: [entryOf(1, broken as RunEvent)], progress: [] })).not.toThrow();
    }
  },
);

it('draws what is in sight of a loop of thousands, says how many rows there are, and filters all of them', () => {
  const steps = Array.from({ length: 3_000 }, (_, index) => [
    { event: 'step-started', path: `many/${index}` },
    { event: 'step-completed', path: `many/${index}`, result: { said: `message ${index}` } },
  ]);
  const lines = linesOf([entryOf(1, ...steps.flat())], 'promotion');
  expect(lines).toHaveLength(6_000);

  show(lines);

  const rows = screen.getAllByRole('row');
  expect(rows.length).toBeLessThan(80);
  expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('6001');
  expect(rows[1]?.getAttribute('aria-rowindex')).toBe('2');
  expect(linesWith(lines, 'message 2718').map(({ event }) => event.path)).toEqual(['many/2718']);
  expect(linesWith(lines, 'COMPLETED many/299 ').length).toBe(11);
  expect(linesOf([entryOf(1, ...steps.flat())], 'promotion')[0]?.key).toBe(lines[0]?.key);
});
