import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CellGrid, type Brush } from '../ui/CellGrid';
import { lookOf, type Status } from '../ui/status';
import { nameOf } from './RunStore';
import { urgencyOf } from './urgency';
import classes from './HeatMap.module.css';
import { useRunStore } from './useRunStore';

interface Props {
  /** The loop. */
  path: string;
  select: (path: string) => void;
}

/** Every iteration of a loop as a cell. Only cells that changed are painted again, once a frame. */
export function HeatMap({ path, select }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const store = useRunStore();
  const [at, setAt] = useState<number | null>(null);
  const [begun, setBegun] = useState(() => store.childrenOf(path).length);
  // Items that have not begun have cells too: how much is left is what one looks for.
  const count = Math.max(begun, store.find(path)?.items ?? 0);

  const draw = useCallback(
    ({ context, cells, colour }: Brush) => {
      const index = new Map(store.childrenOf(path).map((child, position) => [child, position]));
      const fill = (position: number, status: Status) => {
        const { x, y } = cells.cornerOf(position);
        context.fillStyle = colour(lookOf(status).tone);
        context.globalAlpha = status === 'pending' ? 0.3 : 1;
        context.fillRect(x, y, cells.size, cells.size);
      };
      const paint = (child: string, position: number) => fill(position, urgencyOf(store, child));
      for (const [child, position] of index) paint(child, position);
      for (let position = index.size; position < cells.count; position++) fill(position, 'pending');
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
    },
    [store, path],
  );

  const children = store.childrenOf(path);
  const current = at == null ? undefined : children[at];
  const said = () => {
    if (at == null) return t('heat.hint');
    if (current == null) return shell('status.pending');
    return t('heat.cell', { name: nameOf(current), status: shell(`status.${urgencyOf(store, current)}`) });
  };
  return (
    <div>
      {begun < count && <p className={classes.said}>{t('heat.begun', { begun, items: count })}</p>}
      <p className={classes.said} aria-live="polite">
        {said()}
      </p>
      <div className={classes.scroller}>
        <CellGrid
          count={count}
          size={count > 4_000 ? 8 : count > 1_000 ? 11 : 15}
          label={t('heat.label')}
          at={at}
          onAt={setAt}
          onChoose={(position) => children[position] != null && select(children[position])}
          draw={draw}
        />
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
