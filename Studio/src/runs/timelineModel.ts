import type { Schema } from '../api/client';

/** One line of the timeline; times in ms. */
export interface Bar {
  path: string;
  title: string;
  depth: number;
  status: string;
  actual: { from: number; to: number } | null;
  /** It goes on. */
  open: boolean;
  planned: { from: number; to: number } | null;
  /** Of its end against the planned one, or of its beginning while it runs; negative: early. */
  lateBy: number | null;
}

export interface Range {
  from: number;
  to: number;
}

const silent = new Set(['iteration', 'round']);

/** A node as a line; null for what says nothing that its loop does not, and for what is neither begun nor expected. */
export function barOf(node: Schema<'GraphNodeResponse'>, now: number | null): Bar | null {
  if (silent.has(node.kind)) return null;
  const from = node.startedAt == null ? null : Date.parse(node.startedAt);
  const end = node.endedAt == null ? now : Date.parse(node.endedAt);
  const planFrom = node.estimate?.startsAt == null ? null : Date.parse(node.estimate.startsAt);
  const planned =
    planFrom == null || node.estimate == null ? null : { from: planFrom, to: planFrom + node.estimate.seconds * 1_000 };
  if (from == null && planned == null) return null;
  const open = from != null && node.endedAt == null;
  return {
    path: node.path,
    title: node.title ?? node.id,
    depth: node.path.split('/').filter((segment) => segment !== '*').length - 1,
    status: node.status,
    actual: from == null ? null : { from, to: Math.max(from, end ?? from) },
    open,
    planned,
    lateBy:
      planned == null || from == null
        ? null
        : node.endedAt == null
          ? from - planned.from
          : Date.parse(node.endedAt) - planned.to,
  };
}

/** From the run's start to whatever is last: its end, now, or the end that is expected; with a little air behind for the figures. */
export function rangeOf(bars: Bar[], start: number, end: number | null, expected: string | null | undefined): Range {
  const last = Math.max(
    start + 1_000,
    end ?? 0,
    expected == null ? 0 : Date.parse(expected),
    ...bars.map((bar) => Math.max(bar.actual?.to ?? 0, bar.planned?.to ?? 0)),
  );
  return { from: start, to: last + (last - start) * 0.09 };
}

const steps = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/** Round times, five to ten of them. */
export function ticksOf({ from, to }: Range): number[] {
  const step = (steps.find((seconds) => (to - from) / (seconds * 1_000) <= 9) ?? 604_800) * 1_000;
  const ticks = [];
  for (let tick = Math.ceil(from / step) * step; tick < to; tick += step) ticks.push(tick);
  return ticks;
}
