import { ValueEdits } from './edits';
import { columnOf, indentLines, lineEnd, lineStart } from './lines';
import {
  type Block,
  type BlockRef,
  type Change,
  findBlock,
  findPosition,
  type Item,
  itemsOf,
  type Outline,
  type Position,
} from './outline';
import { parse } from './reading';
import { renderInline } from './render';
import { freeId, idOf, sourceOf, withId } from './source';

/** Changes of a text that put steps somewhere, take them away or move them. What they do not touch stays as it is. */
export class Structure {
  constructor(
    private readonly text: string,
    private readonly outline: Outline,
  ) {}

  /** Ids that a new step of the block may not have. */
  takenIn(ref: BlockRef, without?: Item): Set<string> {
    const found = findBlock(this.outline, ref);
    const blocks = found?.owner == null || found.block.key === 'parallel' ? [found?.block] : found.owner.blocks;
    return new Set(
      blocks
        .flatMap((block) => block?.items ?? [])
        .filter((item) => item !== without)
        .map(({ id }) => id),
    );
  }

  /** Puts sources into a block, each under an id that is free there; says the ids. */
  insert(ref: BlockRef, index: number, sources: readonly string[]): { changes: Change[]; ids: string[] } {
    const { sources: named, ids } = this.named(ref, sources);
    return { changes: this.insertInto(ref, index, named), ids };
  }

  remove(path: string): Change[] {
    const position = findPosition(this.outline, path);
    return position == null ? [] : this.removal(position);
  }

  /** Moves a step before the one that has the index now, or to the end; null: it cannot stand there, or stands there. */
  move(path: string, ref: BlockRef, index: number): { changes: Change[]; id: string } | null {
    const position = findPosition(this.outline, path);
    const target = findBlock(this.outline, ref);
    if (position == null || target == null) return null;
    const { item, block } = position;
    if ((item.kind === 'branch') !== (ref.key === 'parallel')) return null;
    if (
      target.owner === item ||
      [...item.blocks.flatMap((inner) => [...itemsOf(inner)])].some((inner) => inner === target.owner)
    )
      return null;
    if (target.block === block && (index === position.index || index === position.index + 1)) return null;
    const source = sourceOf(this.text, item);
    const taken = this.takenIn(ref, item);
    const id = item.id === '' ? '' : freeId(item.id, taken);
    const changes = [
      ...this.removal(position),
      ...this.insertInto(ref, index, [id === item.id ? source : withId(source, id)]),
    ];
    return { changes: changes.sort((a, b) => a.from - b.from || a.to - b.to), id };
  }

  /** Puts other sources where a step is. */
  replace(path: string, sources: readonly string[]): Change[] {
    const position = findPosition(this.outline, path);
    if (position == null || sources.length === 0) return [];
    const { item, block, owner } = position;
    if (owner != null && this.inBraces(owner)) {
      const inner = sources.map((source) => renderInline((parse(source).toJS() as unknown[])[0])).join(', ');
      return [{ from: item.from, to: item.to, insert: inner }];
    }
    if (item.inBrackets || block.column == null)
      return this.unfolded(block, (all) => all.toSpliced(position.index, 1, ...sources));
    return [{ from: item.from, to: item.to, insert: this.placed(sources, block.column, false) }];
  }

  private named(ref: BlockRef, sources: readonly string[]): { sources: string[]; ids: string[] } {
    const taken = this.takenIn(ref);
    const ids: string[] = [];
    const named = sources.map((source) => {
      const id = idOf(source);
      if (id === '') {
        ids.push('');
        return source;
      }
      const free = freeId(id, taken);
      taken.add(free);
      ids.push(free);
      return free === id ? source : withId(source, free);
    });
    return { sources: named, ids };
  }

  private insertInto(ref: BlockRef, index: number, sources: readonly string[]): Change[] {
    const found = findBlock(this.outline, ref);
    if (found == null) return [];
    const { block, owner } = found;
    if (owner != null && this.inBraces(owner)) return this.insertInBraces(block, owner, index, sources);
    if (block.keyFrom < 0) return this.addBlock(block, owner, sources);
    if (block.items.length === 0) {
      const column = columnOf(this.text, block.keyFrom) + 2;
      return this.fillEmpty(block, `\n${this.placed(sources, column, false)}`);
    }
    const { column } = block;
    if (column == null) return this.unfolded(block, (all) => all.toSpliced(index, 0, ...sources));
    const gap = this.isSpaced(block);
    const before = block.items[Math.min(index, block.items.length) - 1];
    if (before != null) {
      return [{ from: before.to, to: before.to, insert: `\n${gap ? '\n' : ''}${this.placed(sources, column, gap)}` }];
    }
    const start = block.items[0]?.from ?? block.from;
    const own = this.text.slice(lineStart(this.text, start), start);
    if (own.trim() !== '') return this.unfolded(block, (all) => all.toSpliced(index, 0, ...sources));
    return [{ from: start, to: start, insert: `${this.placed(sources, column, gap)}\n${gap ? '\n' : ''}` }];
  }

  private addBlock(block: Block, owner: Item | null, sources: readonly string[]): Change[] {
    if (owner == null) {
      const end = this.text.trimEnd().length;
      const rest = this.text.slice(end).includes('\n') ? '' : '\n';
      return [
        {
          from: end,
          to: end,
          insert: `${end > 0 ? '\n\n' : ''}${block.key}:\n${this.placed(sources, 2, false)}${rest}`,
        },
      ];
    }
    const column = columnOf(this.text, owner.dash) + 2;
    return [
      {
        from: owner.to,
        to: owner.to,
        insert: `\n${' '.repeat(column)}${block.key}:\n${this.placed(sources, column + 2, false)}`,
      },
    ];
  }

  private fillEmpty(block: Block, insert: string): Change[] {
    const end = lineEnd(this.text, block.keyFrom);
    if (block.from === block.to) return [{ from: end, to: end, insert }];
    const brackets = { from: this.text.slice(0, block.from).trimEnd().length, to: block.to, insert: '' };
    const line = lineEnd(this.text, block.to);
    return brackets.to === line ? [{ ...brackets, insert }] : [brackets, { from: line, to: line, insert }];
  }

  private removal({ item, block, index }: Position): Change[] {
    if (block.column == null || item.inBrackets) return this.removeInBrackets(block, index);
    if (block.items.length === 1) return this.removeOnly(block, item);
    const [next, previous] = [block.items[index + 1], block.items[index - 1]];
    if (previous == null && next != null) return [{ from: item.from, to: next.from, insert: '' }];
    let from = item.from;
    while (from > 0 && this.text.slice(lineStart(this.text, from - 1), from).trim() === '')
      from = lineStart(this.text, from - 1);
    return [{ from: Math.max(from - 1, previous?.to ?? 0), to: item.to, insert: '' }];
  }

  private removeOnly(block: Block, item: Item): Change[] {
    const key = block.keyFrom;
    if (block.key === 'else' || block.key === 'catch' || block.key === 'finally') {
      const start = lineStart(this.text, key);
      return this.text.slice(start, key).trim() === '' ? [{ from: start - 1, to: item.to, insert: '' }] : [];
    }
    const colon = this.text.indexOf(':', key) + 1;
    const lines = { from: item.from - 1, to: item.to, insert: '' };
    return lines.from === colon ? [{ ...lines, insert: ' []' }] : [{ from: colon, to: colon, insert: ' []' }, lines];
  }

  private removeInBrackets(block: Block, index: number): Change[] {
    const [item, next, previous] = [block.items[index], block.items[index + 1], block.items[index - 1]];
    if (item == null) return [];
    if (next != null) return [{ from: item.from, to: next.from, insert: '' }];
    return [{ from: previous?.to ?? item.from, to: item.to, insert: '' }];
  }

  /** A list in brackets, written as lines so that steps with lines of their own fit in. */
  private unfolded(block: Block, change: (sources: string[]) => string[]): Change[] {
    const column = columnOf(this.text, block.keyFrom) + 2;
    const sources = change(block.items.map((item) => sourceOf(this.text, item)));
    const from = this.text.slice(0, block.from).trimEnd().length;
    return [{ from, to: block.to, insert: `\n${this.placed(sources, column, false)}` }];
  }

  /** Into a step that is written in braces; there only what is in brackets can stand. */
  private insertInBraces(block: Block, owner: Item, index: number, sources: readonly string[]): Change[] {
    const values = sources.map((source) => (parse(source).toJS() as unknown[])[0]);
    const inner = values.map((value) => renderInline(value)).join(', ');
    if (block.keyFrom < 0) {
      const braces = this.text.indexOf('{', owner.dash);
      const edits = new ValueEdits(this.text.slice(braces, owner.to)).set([block.key], values);
      return edits.map(({ from, to, insert }) => ({ from: from + braces, to: to + braces, insert }));
    }
    const [before, after] = [block.items[index - 1], block.items[index]];
    if (after != null) return [{ from: after.from, to: after.from, insert: `${inner}, ` }];
    if (before != null) return [{ from: before.to, to: before.to, insert: `, ${inner}` }];
    return [{ from: block.from, to: block.to, insert: `${block.from === block.to ? ' ' : ''}[${inner}]` }];
  }

  private inBraces(owner: Item): boolean {
    return owner.inBrackets || /^-\s*\{/.test(this.text.slice(owner.dash, owner.to));
  }

  private isSpaced(block: Block): boolean {
    return block.items.some((item, index) => {
      const before = block.items[index - 1];
      return before != null && /\n[ \t]*\r?\n/.test(this.text.slice(before.to, item.from + 1));
    });
  }

  private placed(sources: readonly string[], column: number, gap: boolean): string {
    return sources.map((source) => indentLines(source, column)).join(gap ? '\n\n' : '\n');
  }
}
