import { useVirtualizer } from '@tanstack/react-virtual';
import { useQuery } from '@tanstack/react-query';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { memo, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StatusMark } from '../ui/StatusMark';
import { titlesQuery } from './queries';
import { nameOf } from './RunStore';
import classes from './StepsTree.module.css';
import { Took } from './Took';
import { useRevision, useRunStore, useStep } from './useRunStore';
import { errorSaid, waitSaid } from '../i18n/server';

const rowHeight = 30;

interface Props {
  selected: string | null;
  select: (path: string) => void;
}

interface Row {
  path: string;
  depth: number;
}

/** The steps as a tree, in the order in which they began; only what is in sight is drawn. */
export function StepsTree({ selected, select }: Props) {
  const { t } = useTranslation('runs');
  const store = useRunStore();
  const revision = useRevision();
  const { data: titleOf } = useQuery(titlesQuery(store.run));
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const found: Row[] = [];
    const add = (parent: string, depth: number) => {
      for (const path of store.childrenOf(parent)) {
        found.push({ path, depth });
        if (!closed.has(path)) add(path, depth + 1);
      }
    };
    add('', 0);
    return found;
    // The store changes in place; its revision says when.
  }, [store, closed, revision]); // eslint-disable-line react-hooks/exhaustive-deps
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const toggle = (path: string) =>
    setClosed((before) => {
      const next = new Set(before);
      if (!next.delete(path)) next.add(path);
      return next;
    });

  const onKeyDown = (event: React.KeyboardEvent) => {
    const at = rows.findIndex((row) => row.path === selected);
    const row = rows[at];
    const go = (index: number) => {
      const next = rows[Math.max(0, Math.min(rows.length - 1, index))];
      if (next == null) return;
      select(next.path);
      virtual.scrollToIndex(index);
    };
    if (event.key === 'ArrowDown') go(at + 1);
    else if (event.key === 'ArrowUp') go(at - 1);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(rows.length - 1);
    else if (row != null && event.key === 'ArrowLeft' && !closed.has(row.path)) toggle(row.path);
    else if (row != null && event.key === 'ArrowRight' && closed.has(row.path)) toggle(row.path);
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="tree"
      aria-label={t('run.steps')}
      tabIndex={0}
      onKeyDown={onKeyDown}
      data-own-keys
      aria-activedescendant={selected == null ? undefined : `step ${selected}`}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return row == null ? null : (
            <div
              key={row.path}
              className={classes.place}
              style={{ transform: `translateY(${item.start}px)` }}
              role="presentation"
            >
              <StepRow
                path={row.path}
                depth={row.depth}
                title={titleOf?.(row.path)}
                selected={row.path === selected}
                select={select}
                toggle={toggle}
                open={store.childrenOf(row.path).length === 0 ? null : !closed.has(row.path)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface StepRowProps extends Row {
  title: string | undefined;
  selected: boolean;
  /** Null: there is nothing within. */
  open: boolean | null;
  select: (path: string) => void;
  toggle: (path: string) => void;
}

const StepRow = memo(function StepRow({ path, depth, title, selected, open, select, toggle }: StepRowProps) {
  const step = useStep(path);
  if (step == null) return null;
  const said =
    step.progress == null
      ? step.error != null && step.status !== 'done'
        ? errorSaid(step.error)
        : step.waitsFor == null
          ? null
          : waitSaid(step.waitsFor)
      : step.progress.message;
  const Chevron = open === false ? IconChevronRight : IconChevronDown;
  return (
    // The tree has the focus and moves through its rows: a row takes the mouse only.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={`step ${path}`}
      role="treeitem"
      tabIndex={-1}
      aria-selected={selected}
      aria-expanded={open ?? undefined}
      aria-level={depth + 1}
      className={classes.row}
      onClick={() => select(path)}
    >
      <span style={{ width: depth * 16 }} className={classes.indent} />
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */}
      <span
        className={classes.toggle}
        onClick={(event) => {
          event.stopPropagation();
          if (open != null) toggle(path);
        }}
      >
        {open != null && <Chevron size={14} aria-hidden />}
      </span>
      <StatusMark status={step.status} iconOnly />
      <span className={classes.name} data-block={step.block}>
        {title ?? nameOf(path)}
      </span>
      {title != null && <code className={classes.activity}>{nameOf(path)}</code>}
      <span className={classes.activity}>{step.activity}</span>
      <span className={classes.said}>{said}</span>
      <span className={classes.took}>{!step.block && <Took from={step.startedAt} to={step.endedAt} />}</span>
    </div>
  );
});
