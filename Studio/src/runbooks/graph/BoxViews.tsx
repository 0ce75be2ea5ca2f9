import { Handle, type NodeProps, Position } from '@xyflow/react';
import { IconAlertTriangle, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useItem } from '../design/useDesign';
import type { Item } from '../model/outline';
import type { BoxData, BoxNode } from './boxes';
import classes from './Graph.module.css';
import { useGraphActions } from './graphActions';
import { looks } from './looks';
import { Marks } from './Marks';
import { summaryOf, titleOf } from './summary';

const handles = (
  <>
    <Handle type="target" position={Position.Top} isConnectable={false} className={classes.handle} />
    <Handle type="source" position={Position.Bottom} isConnectable={false} className={classes.handle} />
  </>
);

/** A step without steps of its own. */
export const StepBox = memo(function StepBox(props: NodeProps<BoxNode>) {
  const { item } = props.data.box;
  return item == null ? null : <Frame {...props} known={item} />;
});

/** A step around others: the same, as the head of a frame that the others are drawn in. */
export const GroupBox = memo(function GroupBox(props: NodeProps<BoxNode>) {
  const { item } = props.data.box;
  return item == null ? null : <Frame {...props} known={item} around />;
});

function Frame({ data, selected, known, around }: NodeProps<BoxNode> & { known: Item; around?: boolean }) {
  const { t } = useTranslation('runbooks');
  const item = useItem(known);
  const { icon: Icon, tone } = looks[item.kind];
  const says = (
    <>
      <Icon size={around ? 16 : 18} stroke={1.9} className={classes.icon} aria-hidden />
      <div className={classes.texts}>
        <span className={classes.title}>{titleOf(item)}</span>
        <span className={classes.summary}>
          {t(`kind.${item.kind}`)}
          {summaryOf(item) !== '' && <code>{summaryOf(item)}</code>}
        </span>
      </div>
      <Aside data={data} item={item} />
    </>
  );
  return (
    <div
      className={around ? classes.group : classes.step}
      data-tone={tone}
      data-selected={selected}
      data-problem={data.problem ?? undefined}
      data-path={item.path}
    >
      {handles}
      {around ? <div className={classes.groupHead}>{says}</div> : says}
    </div>
  );
}

/** A branch, or one of several blocks of a step. */
export const LaneBox = memo(function LaneBox({ data, selected }: NodeProps<BoxNode>) {
  const { t } = useTranslation('runbooks');
  const { item, block } = data.box;
  if (item == null) return null;
  const name =
    block == null
      ? item.path.split('/').at(-1)
      : t(`block.${item.kind === 'if' && block.key === 'steps' ? 'then' : block.key}`);
  return (
    <div className={classes.lane} data-selected={selected} data-problem={data.problem ?? undefined}>
      <span>{name}</span>
    </div>
  );
});

/** Where a block has no step yet. */
export const EmptyBox = memo(function EmptyBox({ data }: NodeProps<BoxNode>) {
  const { t } = useTranslation('runbooks');
  const { openPicker } = useGraphActions();
  const { block } = data.box;
  return (
    <button type="button" tabIndex={-1} className={classes.empty} onClick={() => block != null && openPicker(block, 0)}>
      <IconPlus size={14} aria-hidden />
      {block?.key === 'parallel' ? t('graph.addBranch') : t('graph.addFirst')}
    </button>
  );
});

function Aside({ data, item }: { data: BoxData; item: Item }) {
  return (
    <div className={classes.aside}>
      {data.problem != null && (
        <IconAlertTriangle size={15} className={classes.problem} data-severity={data.problem} aria-hidden />
      )}
      <Marks item={item} />
      {data.folded && <IconChevronRight size={14} aria-hidden />}
    </div>
  );
}
