/** Something to choose by typing. */
export interface Ranked {
  id: string;
  title: string;
  hint: string;
  /** Other words for it. */
  words?: readonly string[];
}

/**
 * How well something is called what was typed; less is better, null: not at all. Names come before other words for the
 * same, a beginning before what stands in the middle, and what only speaks of it comes last.
 */
export function rankOf({ id, title, hint, words = [] }: Ranked, typed: string): number | null {
  const parts = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return 0;
  const wanted = plain(typed);
  const names = [plain(title), plain(id.slice(id.indexOf(':') + 1))];
  const others = words.map(plain);
  // `shift` begins a word of `cluster.shift`.
  const begins = `${title} ${id}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const within = (text: string): boolean => parts.every((part) => text.toLowerCase().includes(part));
  if (names.includes(wanted)) return 0;
  if (others.includes(wanted)) return 1;
  if (names.some((name) => name.startsWith(wanted))) return 2;
  if (parts.every((part) => begins.some((word) => word.startsWith(part)))) return 3;
  if (others.some((word) => word.startsWith(wanted))) return 4;
  if (within(`${title} ${id}`)) return 5;
  if (within([title, id, ...words].join(' '))) return 6;
  return within([title, id, hint, ...words].join(' ')) ? 7 : null;
}

/** What fits, the best of each group first, and the group that has the best before the others: Enter takes the first. */
export function ranked<C extends Ranked>(
  typed: string,
  groups: readonly { label: string; choices: readonly C[] }[],
): { label: string; choices: C[] }[] {
  return groups
    .map(({ label, choices }) => {
      const found = choices
        .map((choice) => ({ choice, rank: rankOf(choice, typed) }))
        .filter((one): one is { choice: C; rank: number } => one.rank != null)
        .sort((a, b) => a.rank - b.rank);
      return { label, choices: found.map(({ choice }) => choice), best: found[0]?.rank ?? Infinity };
    })
    .sort((a, b) => a.best - b.best)
    .map(({ label, choices }) => ({ label, choices }));
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
