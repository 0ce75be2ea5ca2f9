import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getStraightPath } from '@xyflow/react';
import { IconPlus } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ArrowEdge } from './boxes';
import classes from './Graph.module.css';
import { useGraphActions } from './graphActions';

/** From a step to the next, with a place to put another between them. */
export const ArrowView = memo(function ArrowView({
  sourceX,
  sourceY,
  targetX,
  targetY,
  data,
  markerEnd,
}: EdgeProps<ArrowEdge>) {
  const { t } = useTranslation('runbooks');
  const { openPicker } = useGraphActions();
  const [path, x, y] = getStraightPath({ sourceX, sourceY, targetX, targetY });
  return (
    <>
      <BaseEdge path={path} markerEnd={markerEnd} />
      <EdgeLabelRenderer>
        <button
          type="button"
          tabIndex={-1}
          aria-hidden="true"
          className={`${classes.plus} nodrag nopan`}
          title={t('graph.insertHere')}
          style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          onClick={() => data != null && openPicker(data.arrow.into, data.arrow.index)}
        >
          <IconPlus size={12} stroke={2.6} aria-hidden />
        </button>
      </EdgeLabelRenderer>
    </>
  );
});
