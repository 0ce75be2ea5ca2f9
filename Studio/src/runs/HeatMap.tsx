import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useElementSize } from '@mantine/hooks';
import { lookOf, type Status } from '../shell/status';
import { nameOf } from './RunStore';
import { urgencyOf } from './urgency';
import classes from './HeatMap.module.css';
import { useRunStore } from './useRunStore';

const gap = 2;

interface Props {
  /** The loop. */
  path: string;
  select: (path: string) => void;
}

/**
 * Every iteration of a loop as a cell on a canvas: ten thousand elements would be too many for a page, ten thousand
 * filled squares are nothing. Only cells that changed are painted again, once a frame.
 */
export function HeatMap({ path, select }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const store = useRunStore();
  const { colorScheme } = useMantineColorScheme();
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLSpanElement>(null);
  const [at, setAt] = useState(0);
  const [begun, setBegun] = useState(() => store.childrenOf(path).length);
  // Items that have not begun have cells too: how much is left is what one looks for.
  const count = Math.max(begun, store.find(path)?.items ?? 0);
  const cell = count > 4_000 ? 8 : count > 1_000 ? 11 : 15;
  const columns = Math.max(1, Math.floor((width + gap) / (cell + gap)));
  const height = Math.ceil(count / columns) * (cell + gap);
  const palette = useMemo(() => new Palette(), [colorScheme]); // eslint-disable-line react-hooks/exhaustive-deps

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null || width === 0) return undefined;
    const scale = window.devicePixelRatio;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const index = new Map(store.childrenOf(path).map((child, position) => [child, position]));
    const fill = (position: number, status: Status) => {
      context.fillStyle = palette.colour(status);
      context.globalAlpha = status === 'pending' ? 0.3 : 1;
      context.fillRect((position % columns) * (cell + gap), Math.floor(position / columns) * (cell + gap), cell, cell);
    };
    const paint = (child: string, position: number) => fill(position, urgencyOf(store, child));
    for (const [child, position] of index) paint(child, position);
    for (let position = index.size; position < count; position++) fill(position, 'pending');
    return store.subscribe((changed) => {
      const dirty = new Set<string>();
      for (const step of changed) {
        const child = iterationOf(step, path);
        if (child != null) dirty.add(child);
      }
      for (const child of dirty) {
        const position = index.get(child);
        if (position != null) paint(child, position);
      }
      const children = store.childrenOf(path);
      for (const child of children.slice(index.size)) {
        paint(child, index.size);
        index.set(child, index.size);
      }
      setBegun(children.length);
    });
  }, [store, path, count, width, height, columns, cell, palette]);

  const children = store.childrenOf(path);
  const current = children[at];
  const cellAt = (event: React.MouseEvent) => {
    const column = Math.floor(event.nativeEvent.offsetX / (cell + gap));
    return column >= columns ? -1 : Math.floor(event.nativeEvent.offsetY / (cell + gap)) * columns + column;
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: count }[
      event.key
    ];
    if (step != null) {
      setAt(Math.max(0, Math.min(count - 1, at + step)));
      requestAnimationFrame(() => cursor.current?.scrollIntoView({ block: 'nearest' }));
    } else if (event.key === 'Enter' && current != null) select(current);
    else return;
    event.preventDefault();
  };

  return (
    <div>
      {begun < count && <p className={classes.said}>{t('heat.begun', { begun, items: count })}</p>}
      <p className={classes.said} aria-live="polite">
        {current == null
          ? at > 0
            ? shell('status.pending')
            : t('heat.hint')
          : t('heat.cell', { name: nameOf(current), status: shell(`status.${urgencyOf(store, current)}`) })}
      </p>
      <div className={classes.scroller}>
        <div ref={ref} className={classes.map}>
          <canvas
            ref={canvas}
            className={classes.canvas}
            width={width * window.devicePixelRatio}
            height={height * window.devicePixelRatio}
            style={{ width, height }}
            role="img"
            aria-label={t('heat.label')}
            onClick={(event) => children[cellAt(event)] != null && select(children[cellAt(event)] as string)}
            onMouseMove={(event) => cellAt(event) >= 0 && setAt(Math.min(count - 1, cellAt(event)))}
            // A canvas has no parts that could have the focus: it has it itself, and says in words which cell is meant.
            tabIndex={0}
            onKeyDown={onKeyDown}
            data-own-keys
          />
          <span
            ref={cursor}
            className={classes.cursor}
            aria-hidden
            style={{
              transform: `translate(${(at % columns) * (cell + gap) - 1}px, ${Math.floor(at / columns) * (cell + gap) - 1}px)`,
              width: cell + 2,
              height: cell + 2,
            }}
          />
        </div>
      </div>
    </div>
  );
}

/** The iteration of the loop that a step lies in; null: it lies elsewhere. */
function iterationOf(step: string, loop: string): string | null {
  if (!step.startsWith(`${loop}/`)) return null;
  const end = step.indexOf('/', loop.length + 1);
  return end < 0 ? step : step.slice(0, end);
}

/** The tones' colours as the style sheet has them for the scheme that is on: a canvas knows no variables. */
class Palette {
  private readonly colours = new Map<Status, string>();

  colour(status: Status): string {
    let colour = this.colours.get(status);
    if (colour == null) {
      colour =
        getComputedStyle(document.documentElement)
          .getPropertyValue(`--tone-${lookOf(status).tone}`)
          .trim() || '#888';
      this.colours.set(status, colour);
    }
    return colour;
  }
}
