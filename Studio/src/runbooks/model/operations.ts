import { type ChosenKind, type Container, headerOrder, ownKeys, stepOrder } from './kinds';
import { Draft } from './draft';
import { type Path, ValueEdits } from './edits';
import { columnOf, indentLines, lineStart } from './lines';
import { type BlockRef, type Change, findPosition, type Item, type Position } from './outline';
import { applied, beginning, freeId, sharedBlock, sourceOf, sourcesIn, wrapped } from './source';
import { Structure } from './structure';

/** What can be done to a runbook besides typing. A path names a step; the empty one the runbook's own keys. */
export type Operation =
  | { do: 'insert'; into: BlockRef; index: number; source: string }
  | { do: 'remove'; paths: string[] }
  | { do: 'move'; path: string; into: BlockRef; index: number }
  | { do: 'duplicate'; path: string }
  | { do: 'wrap'; path: string; kind: Container }
  | { do: 'unwrap'; path: string }
  | { do: 'kind'; path: string; kind: ChosenKind }
  | { do: 'set'; path: string; field: Path; value: unknown }
  | { do: 'unset'; path: string; field: Path }
  | { do: 'add'; path: string; field: Path; index: number; value: unknown }
  | { do: 'rename'; path: string; field: Path; name: string };

export interface Edit {
  /** Each set applies to the text that the ones before it left. */
  changes: Change[][];
  /** The step to look at afterwards: its place in the text is told, since its address may be another then. */
  select: number | null;
}

const nothing: Edit = { changes: [], select: null };

/** The smallest change of a draft's text that does an operation; it must be current. Nothing where it cannot be done. */
export function edit(draft: Draft, operation: Operation): Edit {
  const { text, outline } = draft;
  if (outline == null || !draft.isCurrent) return nothing;
  const structure = new Structure(text, outline);
  switch (operation.do) {
    case 'insert': {
      const sources = sourcesIn(operation.source) ?? [operation.source];
      return placed(structure.insert(operation.into, operation.index, sources).changes);
    }
    case 'remove':
      return removal(draft, operation.paths);
    case 'move': {
      const move = structure.move(operation.path, operation.into, operation.index);
      return move == null ? nothing : placed(move.changes);
    }
    case 'duplicate':
      return at(draft, operation.path, (position) => {
        const into = { owner: position.owner?.path ?? '', key: position.block.key };
        return placed(structure.insert(into, position.index + 1, [sourceOf(text, position.item)]).changes);
      });
    case 'wrap':
      return at(draft, operation.path, ({ item, block, owner }) => {
        if (item.kind === 'branch') return nothing;
        const taken = structure.takenIn({ owner: owner?.path ?? '', key: block.key });
        const id = freeId(operation.kind.toLowerCase(), taken);
        return placed(structure.replace(item.path, [wrapped(operation.kind, id, sourceOf(text, item))]));
      });
    case 'unwrap':
      return at(draft, operation.path, ({ item }) => {
        if (item.kind === 'branch') return nothing;
        const inner = item.blocks.flatMap((block) =>
          block.items.flatMap((step) => (step.kind === 'branch' ? (step.blocks[0]?.items ?? []) : [step])),
        );
        return placed(
          structure.replace(
            item.path,
            inner.map((step) => sourceOf(text, step)),
          ),
        );
      });
    case 'kind':
      return at(draft, operation.path, ({ item }) => becomes(text, item, operation.kind));
    default:
      return operation.path === ''
        ? headerEdit(draft, (edits) => valueChanges(edits, [], operation, headerOrder))
        : at(draft, operation.path, ({ item }) =>
            stepEdit(text, item, (edits, root) => valueChanges(edits, root, operation, stepOrder)),
          );
  }
}

type ValueOperation = Extract<Operation, { field: Path }>;

function valueChanges(edits: ValueEdits, root: Path, operation: ValueOperation, order: readonly string[]): Change[] {
  const path = [...root, ...operation.field];
  switch (operation.do) {
    case 'set':
      return edits.set(path, operation.value, order, root.length);
    case 'unset':
      return edits.remove(path);
    case 'add':
      return edits.insert(path, operation.index, operation.value);
    case 'rename':
      return edits.rename(path, operation.name);
  }
}

function at(draft: Draft, path: string, then: (position: Position) => Edit): Edit {
  const position = draft.outline == null ? null : findPosition(draft.outline, path);
  return position == null ? nothing : then(position);
}

function placed(changes: Change[]): Edit {
  const put = changes.find(({ insert }) => /\S/.test(insert) && insert.trim() !== '[]');
  if (put == null) return changes.length === 0 ? nothing : { changes: [changes], select: null };
  const before = changes
    .filter(({ from, to }) => to <= put.from && (from < put.from || to < put.to))
    .reduce((sum, { from, to, insert }) => sum + insert.length - (to - from), 0);
  const lead = /^\s*(#[^\n]*\s*)*/.exec(put.insert)?.[0].length ?? 0;
  return { changes: [changes], select: put.from + before + lead };
}

/** One after the other, since a block that loses its last step changes otherwise than one that keeps some. */
function removal(draft: Draft, paths: string[]): Edit {
  const own = paths.filter((path) => !paths.some((other) => other !== path && path.startsWith(`${other}/`)));
  const work = own.length > 1 ? new Draft(draft.text) : draft;
  const changes: Change[][] = [];
  for (const path of own) {
    if (work.outline == null) break;
    const step = new Structure(work.text, work.outline).remove(path);
    if (step.length === 0) continue;
    changes.push(step);
    if (own.length > 1) work.change(step);
  }
  return { changes, select: null };
}

/** Edits of one step's own keys, on its own lines only. */
function stepEdit(text: string, item: Item, change: (edits: ValueEdits, root: Path) => Change[]): Edit {
  const { start, slice, root } = sliceOf(text, item);
  const changes = change(new ValueEdits(slice), root).map(({ from, to, insert }) => ({
    from: from + start,
    to: to + start,
    insert,
  }));
  return { changes: changes.length === 0 ? [] : [changes], select: item.dash };
}

function sliceOf(text: string, item: Item): { start: number; slice: string; root: Path } {
  if (item.inBrackets) return { start: item.from, slice: text.slice(item.from, item.to), root: [] };
  const start = lineStart(text, item.dash);
  return { start, slice: text.slice(start, item.to), root: [0] };
}

/** Edits of the keys at the top: read without the steps, which may be long. */
function headerEdit({ text, outline }: Draft, change: (edits: ValueEdits) => Change[]): Edit {
  const steps = outline?.steps;
  // What stands in the steps' place is short, and stands where they stood.
  const cut = steps != null && steps.column != null ? { from: steps.from, to: steps.to } : null;
  const stand = cut == null ? '' : `${' '.repeat(steps?.column ?? 0)}- {}`;
  const short = cut == null ? text : text.slice(0, cut.from) + stand + text.slice(cut.to);
  const back = (offset: number): number =>
    cut == null || offset <= cut.from ? offset : offset - stand.length + (cut.to - cut.from);
  const changes = change(new ValueEdits(short)).map(({ from, to, insert }) => ({
    from: back(from),
    to: back(to),
    insert,
  }));
  return { changes: changes.length === 0 ? [] : [changes], select: null };
}

/** A step of another kind under the same id: what both kinds have is kept, steps within too. */
function becomes(text: string, item: Item, kind: ChosenKind): Edit {
  if (item.kind === kind || item.kind === 'branch') return nothing;
  const { start, slice, root } = sliceOf(text, item);
  const shared = sharedBlock(item.kind, kind);
  const changes: Change[][] = [];
  let work = slice;
  const apply = (step: Change[]): void => {
    if (step.length === 0) return;
    changes.push(step.map(({ from, to, insert }) => ({ from: from + start, to: to + start, insert })));
    work = applied(work, step);
  };
  const keep = new Set([shared?.[0], ...(item.kind === 'runbook' || kind === 'runbook' ? ['with'] : [])]);
  const kept = (key: string): boolean => keep.has(key) && (key !== 'with' || kind === 'run' || kind === 'runbook');
  // What makes the new kind comes first, so that the step never stands there without anything.
  if (shared != null && shared[0] !== shared[1]) apply(new ValueEdits(work).rename([...root, shared[0]], shared[1]));
  for (const [key, value] of beginning(kind)) {
    if (key === shared?.[1] || key in item.fields) continue;
    apply(new ValueEdits(work).set([...root, key], value, stepOrder, root.length));
  }
  for (const key of ownKeys[item.kind]) {
    if (kept(key) || (ownKeys[kind].includes(key) && key !== 'with')) continue;
    if (key === 'with' && kind === 'run') continue;
    apply(new ValueEdits(work).remove([...root, key]));
  }
  return { changes, select: item.dash };
}

/** What the clipboard gets: the steps' sources one after the other. */
export function copied({ text, outline }: Draft, paths: readonly string[]): string {
  if (outline == null) return '';
  return paths
    .flatMap((path) => {
      const item = findPosition(outline, path)?.item;
      return item == null
        ? []
        : [
            item.inBrackets
              ? sourceOf(text, item)
              : indentLines(text.slice(item.from, item.to), -columnOf(text, item.dash)),
          ];
    })
    .join('\n');
}
