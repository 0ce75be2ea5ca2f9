import { Text } from '@mantine/core';
import { Fragment, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import classes from './Versions.module.css';

type Line = Schema<'DiffLine'>;
type Side = Schema<'DiffSide'>;

const around = 4; // lines shown about each difference

/** Two texts beside each other; long stretches without a difference are folded. */
export function DiffView({ diff }: { diff: Schema<'DiffResponse'> }) {
  const { t } = useTranslation('runbooks');
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  if (diff.added === 0 && diff.removed === 0) {
    return (
      <Text size="sm" p="md">
        {t('versions.same')}
      </Text>
    );
  }
  return (
    <div className={classes.diffWrap}>
      <Text size="xs" c="dimmed" px="md" py={6}>
        {t('versions.counts', { added: diff.added, removed: diff.removed })}
      </Text>
      <table className={classes.diff} aria-label={t('versions.difference')}>
        {/* A folded stretch may come first, so the widths stand here. */}
        <colgroup>
          <col className={classes.number} />
          <col />
          <col className={classes.number} />
          <col />
        </colgroup>
        <tbody>
          {stretches(diff.lines).map(({ begin, lines, folds }) =>
            folds && !open.has(begin) ? (
              <tr key={begin} className={classes.fold}>
                <td colSpan={4}>
                  <button type="button" onClick={() => setOpen(new Set([...open, begin]))}>
                    {t('versions.unfold', { count: lines.length })}
                  </button>
                </td>
              </tr>
            ) : (
              <Fragment key={begin}>
                {lines.map((line, index) => (
                  <Row key={begin + index} line={line} />
                ))}
              </Fragment>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

interface Stretch {
  begin: number;
  lines: Line[];
  folds: boolean;
}

/** The lines in stretches: those about a difference, and those far from any. */
export function stretches(lines: readonly Line[]): Stretch[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'),
  );
  const all: Stretch[] = [];
  for (const [index, line] of lines.entries()) {
    const last = all.at(-1);
    const folds = near[index] === false;
    if (last == null || last.folds !== folds) all.push({ begin: index, lines: [line], folds });
    else last.lines.push(line);
  }
  return all;
}

function Row({ line }: { line: Line }) {
  const { t } = useTranslation('runbooks');
  return (
    <tr data-kind={line.kind}>
      <Half side={line.left} kind={line.kind === 'same' ? 'same' : 'removed'} word={t('versions.removed')} />
      <Half side={line.right} kind={line.kind === 'same' ? 'same' : 'added'} word={t('versions.added')} />
    </tr>
  );
}

function Half({ side, kind, word }: { side: Side | null | undefined; kind: string; word: string }) {
  if (side == null) {
    return (
      <>
        <td className={classes.number} />
        <td className={classes.gap} />
      </>
    );
  }
  return (
    <>
      <td className={classes.number}>{side.number}</td>
      <td className={classes.text} data-kind={kind}>
        {kind !== 'same' && <span className="visually-hidden">{word}: </span>}
        {marked(side)}
      </td>
    </>
  );
}

function marked({ text, changed }: Side): ReactNode {
  const parts: ReactNode[] = [];
  let done = 0;
  for (const { start, length } of changed) {
    parts.push(text.slice(done, start), <mark key={start}>{text.slice(start, start + length)}</mark>);
    done = start + length;
  }
  return [...parts, text.slice(done)].map((part, index) => <Fragment key={index}>{part}</Fragment>);
}
