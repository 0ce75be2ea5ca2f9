import type { Schema } from '../../api/client';

type Line = Pick<Schema<'DiffLine'>, 'kind' | 'left' | 'right'>;

/** What one text makes of a stretch of the base's lines: from a line to before another, both from 0. */
interface Hunk {
  from: number;
  to: number;
  lines: string[];
}

/** The changes of a difference, those that touch each other as one. */
export function hunks(lines: readonly Line[]): Hunk[] {
  const all: Hunk[] = [];
  let at = 0; // of the base, the next line
  let open: Hunk | null = null;
  for (const { kind, left, right } of lines) {
    if (kind === 'same') {
      open = null;
    } else {
      if (open == null) all.push((open = { from: at, to: at, lines: [] }));
      if (left != null) open.to = at + 1;
      if (right != null) open.lines.push(right.text);
    }
    if (left != null) at++;
  }
  return all;
}

/**
 * Both persons' changes to one base in one text; or the base's lines, from 1, that both changed and each otherwise.
 * Changes that touch each other count as such, too: two lines put at one place have no order.
 */
export function merge(
  base: readonly string[],
  mine: readonly Line[],
  theirs: readonly Line[],
): { text: string } | { clashes: number[] } {
  const ours = hunks(mine);
  const others = hunks(theirs);
  const clashes = new Set<number>();
  const same = new Set<Hunk>();
  for (const one of ours) {
    for (const other of others) {
      if (one.to < other.from || other.to < one.from) continue;
      const alike =
        one.from === other.from &&
        one.to === other.to &&
        one.lines.length === other.lines.length &&
        one.lines.every((line, index) => line === other.lines[index]);
      if (alike) same.add(other);
      else clashes.add(Math.max(one.from, other.from) + 1);
    }
  }
  if (clashes.size > 0) return { clashes: [...clashes].sort((a, b) => a - b) };
  const lines = [...base];
  const changes = [...ours, ...others.filter((other) => !same.has(other))].sort((a, b) => b.from - a.from);
  for (const { from, to, lines: next } of changes) lines.splice(from, to - from, ...next);
  return { text: lines.join('\n') };
}
