import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Moment } from '../ui/Moment';
import classes from './Journal.module.css';
import type { JournalLine } from './journalLines';

/** Of a row of one line, as in the style sheet: what is guessed right needs no measuring. */
const rowHeight = 29;

interface Props {
  lines: readonly JournalLine[];
  /** How many there are at all; -1: there are earlier ones that are not loaded. */
  count: number;
  select: (path: string) => void;
  /** Behind the last line. */
  end: ReactNode;
}

/**
 * The lines as a table of which only the rows in sight are elements: a loop of thousands is one entry with thousands of
 * events. The numbers of rows are said to screen readers, which see no more of it than the page has.
 */
export function JournalRows({ lines, count, select, end }: Props) {
  const { t } = useTranslation('runs');
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => lines[index]?.key ?? index,
    overscan: 12,
    // The row that has the focus stays, or the focus would be lost with it.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      const at = focused == null ? -1 : lines.findIndex((line) => line.key === focused);
      return at < 0 || shown.includes(at) ? shown : [...shown, at].toSorted((a, b) => a - b);
    },
  });

  // What comes in front must not move what is being read.
  const first = useRef(lines[0]?.key);
  useLayoutEffect(() => {
    const before = first.current;
    first.current = lines[0]?.key;
    const element = scroller.current;
    if (element == null || element.scrollTop === 0 || before == null || before === first.current) return;
    const came = lines.findIndex((line) => line.key === before);
    if (came > 0) element.scrollTop += came * rowHeight;
  }, [lines]);

  // A browser glides to an end that moves away from it, as rows that wrap are measured on the way.
  const toEnd = (left = 10): void => {
    const element = scroller.current;
    if (element == null) return;
    const height = element.scrollHeight;
    element.scrollTop = height;
    requestAnimationFrame(() => {
      if (left > 0 && (element.scrollHeight !== height || left > 8)) toEnd(left - 1);
    });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'End') toEnd();
    else if (event.key === 'Home') event.currentTarget.scrollTop = 0;
    else return;
    event.preventDefault();
  };

  return (
    // It scrolls, so the keyboard must reach it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={scroller}
      onKeyDown={onKeyDown}
      className={classes.scroller}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={t('journal.label')}
    >
      {/* The name is the region's: a second one would be said twice. */}
      <div role="table" aria-rowcount={count < 0 ? -1 : count + 1} aria-label={t('run.journal')}>
        <div role="rowgroup" className={classes.head}>
          <div role="row" aria-rowindex={1} className={classes.row}>
            <span role="columnheader" className={classes.version}>
              {t('journal.version')}
            </span>
            <span role="columnheader">{t('journal.at')}</span>
            <span role="columnheader">{t('journal.event')}</span>
            <span role="columnheader">{t('journal.step')}</span>
            <span role="columnheader">{t('journal.detail')}</span>
          </div>
        </div>
        <div role="rowgroup" className={classes.rows} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return line == null ? null : (
              <div
                key={item.key}
                ref={rows.measureElement}
                data-index={item.index}
                role="row"
                aria-rowindex={item.index + 2}
                className={`${classes.row} ${classes.placed}`}
                style={{ transform: `translateY(${item.start}px)` }}
                onFocus={() => setFocused(line.key)}
                onBlur={() => setFocused(null)}
              >
                <Cells line={line} select={select} />
              </div>
            );
          })}
        </div>
      </div>
      <div className={classes.end}>{end}</div>
    </div>
  );
}

function Cells({ line, select }: { line: JournalLine; select: (path: string) => void }) {
  const { path } = line.event;
  return (
    <>
      <span role="cell" className={classes.version}>
        {line.version}
      </span>
      <span role="cell" className={classes.dim}>
        <Moment at={line.at} as="full" />
      </span>
      <span role="cell" className={classes.event} title={line.event.event}>
        {line.name}
      </span>
      <span role="cell">
        {path != null && path !== '' && (
          <button type="button" className={classes.step} onClick={() => select(path)}>
            {path}
          </button>
        )}
      </span>
      <span role="cell" className={classes.detail}>
        {line.detail}
      </span>
    </>
  );
}
