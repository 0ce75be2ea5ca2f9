import { BaseEdge, type EdgeProps } from '@xyflow/react';
import type { FlowEdge } from './flow';
import type { Point } from './rows';

const round = 8;

/** An edge to another row, along its way through the gutters. */
export function TurningEdge({ id, data, markerEnd, style }: EdgeProps<FlowEdge>) {
  return data?.way == null ? null : <BaseEdge id={id} path={pathOf(data.way)} markerEnd={markerEnd} style={style} />;
}

/** Straight lines with round corners. */
export function pathOf(way: readonly Point[]): string {
  return way
    .map((point, index) => {
      const [before, after] = [way[index - 1], way[index + 1]];
      if (before == null) return `M${point.x},${point.y}`;
      if (after == null) return `L${point.x},${point.y}`;
      const [into, out] = [towards(point, before), towards(point, after)];
      return `L${into.x},${into.y}Q${point.x},${point.y} ${out.x},${out.y}`;
    })
    .join('');
}

function towards(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y);
  const share = length === 0 ? 0 : Math.min(round, length / 2) / length;
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}
