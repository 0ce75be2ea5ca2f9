import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { CellGrid, type Brush } from '../ui/CellGrid';
import { toneOf, useStateWord } from '../night/colocation';
import classes from './Fleet.module.css';
import { nodeAt, type Zone } from './nodeMap';

interface Props {
  map: Schema<'NodeMapResponse'>;
  zone: Zone;
  /** Of the cluster. */
  kind: string | null | undefined;
}

/** The nodes of one zone as cells. A node that is not ready is hollow and struck through. */
export function NodeGrid({ map, zone, kind }: Props) {
  const { t } = useTranslation('fleet');
  const word = useStateWord();
  const [at, setAt] = useState<number | null>(null);
  const count = zone.nodes.length;

  const draw = useCallback(
    ({ context, cells, colour }: Brush) => {
      context.lineWidth = 1.5;
      zone.nodes.forEach((index, position) => {
        const { state, ready } = nodeAt(map, index);
        const { x, y } = cells.cornerOf(position);
        context.fillStyle = context.strokeStyle = colour(toneOf(state, state == null ? null : kind));
        if (ready) {
          context.fillRect(x, y, cells.size, cells.size);
          return;
        }
        context.strokeRect(x + 1, y + 1, cells.size - 2, cells.size - 2);
        context.beginPath();
        context.moveTo(x + 1, y + cells.size - 1);
        context.lineTo(x + cells.size - 1, y + 1);
        context.stroke();
      });
      return undefined;
    },
    [map, zone, kind],
  );

  const current = at == null ? undefined : zone.nodes[Math.min(at, count - 1)];
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
    <>
      <CellGrid
        count={count}
        size={count > 4_000 ? 7 : count > 800 ? 10 : 16}
        label={t('map.label', { zone: zone.name ?? t('map.noZone') })}
        at={at}
        onAt={setAt}
        draw={draw}
      />
      <p className={classes.said} aria-live="polite">
        {said()}
      </p>
    </>
  );
}
