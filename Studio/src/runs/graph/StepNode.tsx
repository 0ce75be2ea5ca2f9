import { Handle, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { lookOf, statusOf } from '../../ui/status';
import { useEnded, useStep } from '../useRunStore';
import type { FlowStep } from './flow';
import classes from './RunGraph.module.css';

/** The state of a node: its one step's, as live as it is; of all iterations together what the server counted. */
function useStatus(answer: Schema<'GraphNodeResponse'>) {
  const step = useStep(answer.path.includes('*') ? null : answer.path);
  const ended = useEnded();
  const status = statusOf(step?.status ?? answer.status);
  return { status: status === 'pending' && ended ? ('not-run' as const) : status, step };
}

const Handles = ({ direction }: { direction: 'RIGHT' | 'DOWN' }) => (
  <>
    <Handle
      type="target"
      position={direction === 'RIGHT' ? Position.Left : Position.Top}
      isConnectable={false}
      className={classes.handle}
    />
    <Handle
      type="source"
      position={direction === 'RIGHT' ? Position.Right : Position.Bottom}
      isConnectable={false}
      className={classes.handle}
    />
  </>
);

/** One step. */
export const StepNode = memo(function StepNode({ data: { answer, direction }, selected }: NodeProps<FlowStep>) {
  const { t } = useTranslation('shell');
  const { status, step } = useStatus(answer);
  const { tone, icon: Icon, pulse } = lookOf(status);
  const fraction = step?.progress?.fraction;
  return (
    <div
      className={classes.step}
      data-tone={tone}
      data-pulse={pulse}
      data-pending={status === 'pending' || status === 'not-run'}
      data-selected={selected}
    >
      <Handles direction={direction} />
      <Icon size={18} stroke={2} aria-hidden className={classes.icon} />
      <span className={classes.texts}>
        <span className={classes.title}>{answer.title ?? answer.id}</span>
        <span className={classes.sub}>
          {t(`status.${status}`)}
          {answer.instances > 1 ? ` · ${done(answer)}/${answer.instances}` : ''}
          {answer.activity != null ? ` · ${answer.activity}` : answer.runbook != null ? ` · ${answer.runbook}` : ''}
        </span>
      </span>
      {fraction != null && <span className={classes.progress} style={{ width: `${Math.round(fraction * 100)}%` }} />}
    </div>
  );
});

/** A step that holds steps: its lane, with the iterations' states in its head where it is a loop. */
export const LaneNode = memo(function LaneNode({ data: { answer, direction }, selected }: NodeProps<FlowStep>) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const { status } = useStatus(answer);
  const { tone, icon: Icon, pulse } = lookOf(status);
  const kind = answer.kind === 'branch' || answer.kind === 'steps' ? '' : answer.kind;
  return (
    <div
      className={classes.group}
      data-tone={tone}
      data-pulse={pulse}
      data-pending={status === 'pending' || status === 'not-run'}
      data-selected={selected}
    >
      <Handles direction={direction} />
      <div className={classes.head}>
        <Icon size={15} stroke={2} aria-hidden className={classes.icon} />
        <span className="visually-hidden">{shell(`status.${status}`)}</span>
        <span className={classes.title}>{answer.title ?? answer.id}</span>
        <span className={classes.kind}>
          {kind}
          {answer.items != null ? ` · ${t('step.items', { count: answer.items })}` : ''}
        </span>
      </div>
    </div>
  );
});

function done(answer: Schema<'GraphNodeResponse'>): number {
  // Of what was taken back, how much was: none of it is done any more.
  const { done = 0, skipped = 0, undone = 0 } = answer.counts;
  return answer.status === 'undone' || answer.status === 'undoing' ? undone : done + skipped;
}
