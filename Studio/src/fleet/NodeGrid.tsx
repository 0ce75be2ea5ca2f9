import { useMantineColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { toneOf, useStateWord } from '../wall/colocation';
import classes from './Fleet.module.css';
import { nodeAt, type Zone } from './nodeMap';

const gap = 2;

interface Props {
  map: Schema<'NodeMapAnswer'>;
  zone: Zone;
  /** Of the cluster. */
  kind: string | null | undefined;
}

/** The nodes of one zone as squares on a canvas, which stays quick with thousands. A node that is not ready is hollow and struck through. */
export function NodeGrid({ map, zone, kind }: Props) {
  const { t } = useTranslation('fleet');
  const word = useStateWord();
  const { colorScheme } = useMantineColorScheme();
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const count = zone.nodes.length;
  const cell = count > 4_000 ? 7 : count > 800 ? 10 : 16;
  const columns = Math.max(1, Math.floor((width + gap) / (cell + gap)));
  const height = Math.ceil(count / columns) * (cell + gap);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null || width === 0) return;
    const scale = window.devicePixelRatio;
    const style = getComputedStyle(document.documentElement);
    const colours = new Map<string, string>();
    const colour = (tone: string) => {
      const known = colours.get(tone) ?? (style.getPropertyValue(`--tone-${tone}`).trim() || '#888');
      colours.set(tone, known);
      return known;
    };
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    zone.nodes.forEach((index, position) => {
      const { state, ready } = nodeAt(map, index);
      const x = (position % columns) * (cell + gap);
      const y = Math.floor(position / columns) * (cell + gap);
      context.fillStyle = context.strokeStyle = colour(toneOf(state, state == null ? null : kind));
      if (ready) {
        context.fillRect(x, y, cell, cell);
        return;
      }
      context.lineWidth = 1.5;
      context.strokeRect(x + 1, y + 1, cell - 2, cell - 2);
      context.beginPath();
      context.moveTo(x + 1, y + cell - 1);
      context.lineTo(x + cell - 1, y + 1);
      context.stroke();
    });
  }, [map, zone, kind, width, height, columns, cell, colorScheme]);

  const current = at == null ? undefined : zone.nodes[Math.min(at, count - 1)];
  const position = Math.min(at ?? 0, count - 1);
  const cellAt = (event: React.MouseEvent) => {
    const column = Math.floor(event.nativeEvent.offsetX / (cell + gap));
    const found = column >= columns ? -1 : Math.floor(event.nativeEvent.offsetY / (cell + gap)) * columns + column;
    return found >= 0 && found < count ? found : null;
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -position,
      End: count,
    }[event.key];
    if (step == null) return;
    setAt(at == null ? 0 : Math.max(0, Math.min(count - 1, position + step)));
    event.preventDefault();
  };
  const said = () => {
    if (current == null) return t('map.hint');
    const node = nodeAt(map, current);
    const line = t('map.node', {
      name: node.name,
      state: node.state == null ? t('map.noState') : word(node.state, kind),
      ready: t(node.ready ? 'map.ready' : 'map.notReady'),
      schedulable: t(node.schedulable ? 'map.schedulable' : 'map.cordoned'),
    });
    return node.pool == null ? line : `${line}, ${t('map.pool', { pool: node.pool })}`;
  };

  return (
    <div ref={ref} className={classes.grid}>
      <canvas
        ref={canvas}
        width={width * window.devicePixelRatio}
        height={height * window.devicePixelRatio}
        style={{ width, height }}
        role="img"
        aria-label={t('map.label', { zone: zone.name ?? t('map.noZone') })}
        onMouseMove={(event) => setAt(cellAt(event) ?? at)}
        onClick={(event) => setAt(cellAt(event) ?? at)}
        onFocus={() => setAt(at ?? 0)}
        // A canvas has no parts that could have the focus: it has it itself, and says in words which node is meant.
        tabIndex={0}
        onKeyDown={onKeyDown}
        data-own-keys
      />
      {at != null && (
        <span
          className={classes.cursor}
          aria-hidden
          style={{
            transform: `translate(${(position % columns) * (cell + gap) - 2}px, ${Math.floor(position / columns) * (cell + gap) - 2}px)`,
            width: cell + 4,
            height: cell + 4,
          }}
        />
      )}
      <p aria-live="polite">{said()}</p>
    </div>
  );
}
