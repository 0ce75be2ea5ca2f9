import { useMantineColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef } from 'react';
import { Cells } from './cells';
import classes from './CellGrid.module.css';
import type { Tone } from './status';

/** What a grid's cells are drawn with. */
export interface Brush {
  context: CanvasRenderingContext2D;
  cells: Cells;
  /** The tone's colour as the style sheet has it for the scheme that is on: a canvas knows no variables. */
  colour: (tone: Tone) => string;
}

interface Props {
  count: number;
  /** The length of a cell's side in CSS pixels. */
  size: number;
  label: string;
  /** The cell that is meant; null: none yet. */
  at: number | null;
  onAt: (position: number) => void;
  /** A click or Enter on a cell; without it a click only means it. */
  onChoose?: (position: number) => void;
  /**
   * Draws all cells on an empty canvas. What it returns ends what it goes on to draw by itself. Called again when it is
   * another function, and when the size or the colours are others.
   */
  draw: (brush: Brush) => (() => void) | undefined;
}

/**
 * Things as squares on a canvas: ten thousand elements would be too many for a page, ten thousand filled squares are
 * nothing. Which one is meant is for the parent to say in words: a canvas has no parts that could have the focus.
 */
export function CellGrid({ count, size, label, at, onAt, onChoose, draw }: Props) {
  const { colorScheme } = useMantineColorScheme();
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLSpanElement>(null);
  const cells = useMemo(() => new Cells(count, size, width), [count, size, width]);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null || cells.width === 0) return undefined;
    const scale = window.devicePixelRatio;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, cells.width, cells.height);
    return draw({ context, cells, colour: coloursNow() });
  }, [draw, cells, colorScheme]);

  const meant = at == null ? null : Math.min(at, count - 1);
  const mean = (event: React.MouseEvent) => {
    const position = cells.at(event.nativeEvent.offsetX, event.nativeEvent.offsetY);
    if (position != null) onAt(position);
    return position;
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const next = cells.after(event.key, meant ?? 0);
    if (next != null) {
      onAt(next);
      requestAnimationFrame(() => cursor.current?.scrollIntoView({ block: 'nearest' }));
    } else if (event.key === 'Enter' && onChoose != null && meant != null) onChoose(meant);
    else return;
    event.preventDefault();
  };
  const corner = cells.cornerOf(meant ?? 0);
  return (
    <div ref={ref} className={classes.grid} data-choosing={onChoose != null || undefined}>
      <canvas
        ref={canvas}
        width={width * window.devicePixelRatio}
        height={cells.height * window.devicePixelRatio}
        style={{ width, height: cells.height }}
        role="img"
        aria-label={label}
        onMouseMove={mean}
        onClick={(event) => {
          const position = mean(event);
          if (position != null) onChoose?.(position);
        }}
        onFocus={() => meant == null && onAt(0)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        data-own-keys
      />
      {meant != null && (
        <span
          ref={cursor}
          className={classes.cursor}
          aria-hidden
          style={{ transform: `translate(${corner.x - 2}px, ${corner.y - 2}px)`, width: size + 4, height: size + 4 }}
        />
      )}
    </div>
  );
}

function coloursNow(): (tone: Tone) => string {
  const style = getComputedStyle(document.documentElement);
  const known = new Map<Tone, string>();
  return (tone) => {
    const colour = known.get(tone) ?? (style.getPropertyValue(`--tone-${tone}`).trim() || '#888');
    known.set(tone, colour);
    return colour;
  };
}
