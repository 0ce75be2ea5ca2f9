import { type KeyboardEventHandler, memo, type Ref, useCallback, useDeferredValue, useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Severity } from '../graph/boxes';
import { looks } from '../graph/looks';
import { summaryOf, titleOf } from '../graph/summary';
import type { Block, Item } from '../model/outline';
import classes from './StepTree.module.css';
import { useDesign, useDesignState, useItem } from './useDesign';
import { indent, rowHeight, useRowDrag } from './useRowDrag';

interface Props {
  /** Beside a graph it is there for keys and screen readers only. */
  hidden: boolean;
  folded: ReadonlySet<string>;
  diagnostics: ReadonlyMap<string, Severity>;
  onKeyDown: KeyboardEventHandler;
  onPaste: (text: string) => void;
  ref: Ref<HTMLDivElement>;
}

export interface Row {
  item: Item;
  level: number;
  index: number;
  count: number;
  /** The block's key, where its step has several. */
  block: string | null;
  hasSteps: boolean;
}

/** The steps that are shown, in order, for a tree that is one list. */
export function rowsOf(block: Block, folded: ReadonlySet<string>, level = 1, part: string | null = null): Row[] {
  return block.items.flatMap((item, index) => {
    const written = item.blocks.filter(({ items }) => items.length > 0);
    const row: Row = { item, level, index, count: block.items.length, block: part, hasSteps: written.length > 0 };
    if (folded.has(item.path)) return [row];
    const several = item.kind === 'if' || item.kind === 'try';
    return [
      row,
      ...written.flatMap((inner) =>
        rowsOf(
          inner,
          folded,
          level + 1,
          several ? (item.kind === 'if' && inner.key === 'steps' ? 'then' : inner.key) : null,
        ),
      ),
    ];
  });
}

/** The steps as a tree: what the graph shows, for keys and screen readers, and as a list for those who like it better. */
export function StepTree({ hidden, folded, diagnostics, onKeyDown, onPaste, ref }: Props) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const outline = useDeferredValue(useDesignState((state) => state.shape));
  const selected = useDesignState((state) => state.selected);
  const name = useId();
  const select = useCallback((path: string) => design.select(path), [design]);
  const rows = useMemo(() => (outline == null ? [] : rowsOf(outline.steps, folded)), [outline, folded]);
  const at = rows.findIndex(({ item }) => item.path === selected);
  const { drag, press } = useRowDrag(
    hidden ? null : outline,
    folded,
    (path, { into, index }) => void design.perform({ do: 'move', path, into, index }),
  );
  return (
    // Keys are taken here for all its items: the one that is looked at is its active descendant.
    <div
      ref={ref}
      role={rows.length === 0 ? 'group' : 'tree'} // a tree has items
      tabIndex={0}
      data-own-keys
      aria-label={t('tree.label')}
      aria-describedby={`${name}-keys`}
      aria-activedescendant={at < 0 ? undefined : `${name}-${at}`}
      className={hidden ? classes.hiddenTree : classes.tree}
      onKeyDown={onKeyDown}
      onPointerDown={press}
      onPaste={(event) => onPaste(event.clipboardData.getData('text/plain'))}
    >
      <p id={`${name}-keys`} className="visually-hidden">
        {t('tree.keys')}
      </p>
      {rows.map((row, index) => (
        <TreeRow
          key={row.item.path}
          id={`${name}-${index}`}
          row={row}
          hidden={hidden}
          expanded={row.hasSteps ? !folded.has(row.item.path) : undefined}
          selected={index === at}
          problem={diagnostics.get(row.item.path) ?? null}
          dragged={row.item.path === drag?.path}
          select={select}
        />
      ))}
      {drag?.slot != null && (
        <div
          className={classes.slot}
          data-slot
          style={{ top: 5 + drag.slot.gap * rowHeight, insetInlineStart: 10 + (drag.slot.level - 1) * indent }}
          aria-hidden
        />
      )}
      {rows.length === 0 && !hidden && <p className={classes.none}>{t('tree.none')}</p>}
    </div>
  );
}

interface RowProps {
  id: string;
  row: Row;
  /** For screen readers only: its words are enough, without boxes for the eye. */
  hidden: boolean;
  expanded: boolean | undefined;
  selected: boolean;
  problem: Severity | null;
  dragged: boolean;
  select: (path: string) => void;
}

const TreeRow = memo(function TreeRow(props: RowProps) {
  const { id, row, hidden, expanded, selected, problem, dragged, select } = props;
  const { t } = useTranslation('runbooks');
  const { level, index, count, block } = row;
  const item = useItem(row.item);
  const { icon: Icon, tone } = looks[item.kind];
  const summary = summaryOf(item);
  const part = block == null ? null : t(`block.${block as 'else'}`);
  const wrong = problem == null ? null : t(`severity.${problem}`);
  const said = [part, titleOf(item), t(`kind.${item.kind}`), summary, wrong].filter(
    (word) => word != null && word !== '',
  );
  return (
    // The tree takes the keys; a click is another way to the same.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="treeitem"
      aria-level={level}
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-expanded={expanded}
      aria-selected={selected}
      className={hidden ? undefined : classes.row}
      data-tone={tone}
      data-selected={selected}
      data-step={item.path}
      data-dragged={dragged || undefined}
      style={hidden ? undefined : { paddingInlineStart: 10 + (level - 1) * indent }}
      onClick={() => select(item.path)}
    >
      {hidden ? (
        said.join(' ')
      ) : (
        <>
          <Icon size={15} className={classes.icon} aria-hidden />
          {part != null && <span className={classes.block}>{part}</span>}
          <span className={classes.title}>{titleOf(item)}</span>
          <span className={classes.summary}>
            {t(`kind.${item.kind}`)} {summary}
          </span>
          {wrong != null && <span className={classes.problem}>{wrong}</span>}
        </>
      )}
    </div>
  );
}, sameRow);

function sameRow(a: RowProps, b: RowProps): boolean {
  return (
    a.id === b.id &&
    a.hidden === b.hidden &&
    a.expanded === b.expanded &&
    a.selected === b.selected &&
    a.problem === b.problem &&
    a.dragged === b.dragged &&
    a.row.level === b.row.level &&
    a.row.index === b.row.index &&
    a.row.count === b.row.count &&
    a.row.block === b.row.block &&
    a.row.item.kind === b.row.item.kind &&
    a.row.item.path === b.row.item.path
  );
}
