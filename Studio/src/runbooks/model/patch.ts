import { address, type Block, findPosition, type Item, type Outline } from './outline';

/** One step that was read again: in an outline it takes the place of the step at that address, and what stands behind it moves. */
export interface StepRead {
  path: string;
  item: Item;
  by: number;
}

/** The outline with one step read again. */
export function withStep(outline: Outline, { path, item, by }: StepRead): Outline {
  const old = findPosition(outline, path)?.item;
  if (old == null) throw new Error(`There is no step ${path} to be read again`);
  const next = { header: outline.header, steps: replaced(outline.steps, old, { ...item, from: old.from }, by) };
  address(next);
  return next;
}

/** The block with one item replaced, and all that stands behind it moved. */
function replaced(block: Block, old: Item, fresh: Item, by: number): Block {
  return {
    ...block,
    to: block.to + by,
    items: block.items.map((item) => {
      if (item === old) return fresh;
      if (item.from > old.to) return moved(item, by);
      return item.from <= old.from && old.to <= item.to ? around(item, old, fresh, by) : item;
    }),
  };
}

function around(item: Item, old: Item, fresh: Item, by: number): Item {
  return {
    ...item,
    to: item.to + by,
    blocks: item.blocks.map((block) => {
      if (block.from <= old.from && old.to <= block.to) return replaced(block, old, fresh, by);
      return block.from > old.to || (block.keyFrom < 0 && block.from >= old.to) ? movedBlock(block, by) : block;
    }),
  };
}

/** The same item further down or up in the text. */
export function moved(item: Item, by: number): Item {
  const { from, dash, to } = item;
  return {
    ...item,
    from: from + by,
    dash: dash + by,
    to: to + by,
    blocks: item.blocks.map((block) => movedBlock(block, by)),
  };
}

function movedBlock(block: Block, by: number): Block {
  const { keyFrom, from, to } = block;
  return {
    ...block,
    keyFrom: keyFrom < 0 ? keyFrom : keyFrom + by,
    from: from + by,
    to: to + by,
    items: block.items.map((item) => moved(item, by)),
  };
}
