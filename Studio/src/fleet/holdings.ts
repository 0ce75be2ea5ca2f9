import type { Schema } from '../api/client';

type Span = Schema<'HoldingSpan'>;

/** A part of a lane: one holding over a stretch of time, as high as its share of the cluster. Fractions of the lane's height, from the bottom. */
export interface Block {
  span: Span;
  from: number;
  to: number;
  bottom: number;
  height: number;
}

/**
 * A lane's holdings stacked: at any time all nodes of the lane are in some state, so states stand on each other, in the
 * order given, and the lane is full where all its nodes are known.
 */
export function stack(spans: readonly Span[], states: readonly string[]): Block[] {
  const timed = spans
    .map((span) => ({ span, from: Date.parse(span.from), to: Date.parse(span.to) }))
    .filter((one) => one.to > one.from);
  const cuts = [...new Set(timed.flatMap((one) => [one.from, one.to]))].sort((a, b) => a - b);
  const rank = (state: string) => (states.indexOf(state) + states.length + 1) % (states.length + 1);
  const slices = cuts.slice(0, -1).map((from, index) => ({
    from,
    to: cuts[index + 1] as number,
    held: timed
      .filter((one) => one.from <= from && one.to > from)
      .sort((a, b) => rank(a.span.state) - rank(b.span.state)),
  }));
  const most = Math.max(0, ...slices.map((slice) => slice.held.reduce((sum, one) => sum + one.span.nodes, 0)));
  if (most === 0) return [];
  const blocks: Block[] = [];
  const last = new Map<Span, Block>();
  for (const { from, to, held } of slices) {
    let bottom = 0;
    for (const { span } of held) {
      const height = span.nodes / most;
      const before = last.get(span);
      if (before != null && before.to === from && before.bottom === bottom) {
        before.to = to;
      } else {
        const block = { span, from, to, bottom, height };
        blocks.push(block);
        last.set(span, block);
      }
      bottom += height;
    }
  }
  return blocks;
}
