import { type PointerEvent as ReactPointerEvent, useEffect, useEffectEvent, useState } from 'react';
import type { Outline } from '../model/outline';
import { mayMove, slotAt, slotsOf, type TreeSlot } from './treeSlots';

/** As in StepTree.module.css. */
export const rowHeight = 30;
export const indent = 18;
const threshold = 5;
const edge = 28;

export interface RowDrag {
  path: string;
  slot: TreeSlot | null;
}

interface Pressed {
  path: string;
  pointer: number;
  x: number;
  y: number;
  tree: HTMLElement;
  slots: TreeSlot[];
}

/**
 * Moving a step by dragging its row: up and down to another place, left and right to another depth. Escape leaves all as
 * it was. Fingers scroll: for them, and for keys, there are the step's menu and Alt with the arrow keys.
 */
export function useRowDrag(
  outline: Outline | null,
  folded: ReadonlySet<string>,
  move: (path: string, slot: TreeSlot) => void,
): { drag: RowDrag | null; press: (event: ReactPointerEvent<HTMLElement>) => void } {
  const [pressed, setPressed] = useState<Pressed | null>(null);
  const [drag, setDrag] = useState<RowDrag | null>(null);

  const press = (event: ReactPointerEvent<HTMLElement>): void => {
    const tree = event.currentTarget;
    const path = (event.target as Element).closest<HTMLElement>('[data-step]')?.dataset.step;
    if (event.button !== 0 || event.pointerType === 'touch' || path == null || outline == null) return;
    const slots = slotsOf(outline, folded).filter((slot) => mayMove(outline, path, slot));
    setPressed({ path, pointer: event.pointerId, x: event.clientX, y: event.clientY, tree, slots });
  };

  const end = (): void => {
    setPressed(null);
    setDrag(null);
  };
  const onMove = useEffectEvent((event: PointerEvent): void => {
    if (pressed == null || event.pointerId !== pressed.pointer) return;
    const { path, tree, slots } = pressed;
    if (drag == null && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < threshold) return;
    const first = tree.querySelector('[role="treeitem"]')?.getBoundingClientRect();
    const within = tree.getBoundingClientRect();
    if (first == null) return;
    if (event.clientY < within.top + edge) tree.scrollBy(0, -rowHeight / 2);
    if (event.clientY > within.bottom - edge) tree.scrollBy(0, rowHeight / 2);
    const inside = event.clientX > within.left - 40 && event.clientX < within.right + 40;
    const at = (event.clientY - first.top) / rowHeight;
    setDrag({ path, slot: inside ? slotAt(slots, at, 1 + (event.clientX - first.left - 10) / indent) : null });
  });
  const onUp = useEffectEvent((event: PointerEvent): void => {
    if (pressed == null || event.pointerId !== pressed.pointer) return;
    end();
    if (drag?.slot != null) move(drag.path, drag.slot);
  });
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || drag == null) return;
    event.preventDefault();
    event.stopPropagation();
    end();
  });

  const active = pressed != null;
  useEffect(() => {
    if (!active) return undefined;
    const listeners = new AbortController();
    const { signal } = listeners;
    window.addEventListener('pointermove', (event) => onMove(event), { signal });
    window.addEventListener('pointerup', (event) => onUp(event), { signal });
    window.addEventListener('pointercancel', () => end(), { signal });
    window.addEventListener('keydown', (event) => onKey(event), { signal, capture: true });
    return () => listeners.abort();
  }, [active]);

  return { drag, press };
}
