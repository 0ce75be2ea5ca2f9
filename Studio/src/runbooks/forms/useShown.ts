import { useEffect, useState } from 'react';
import type { Design } from '../design/Design';
import { useDesign } from '../design/useDesign';
import type { Item } from '../model/outline';

const pause = 120;

/** What a form is of: a step, or the runbook's own keys; both null while nothing is read yet. */
export interface Shown {
  item: Item | null;
  header: Record<string, unknown> | null;
}

/**
 * The step that is looked at, for its form. It follows at once when another is looked at, when steps come or go, and
 * when it is the form that is typed in. While the text is typed in it follows when there is a pause: a form of many
 * fields costs more to draw than a key may take.
 */
export function useShown(): Shown {
  const design = useDesign();
  const [shown, setShown] = useState(() => shownOf(design));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let { shape, selected } = design.snapshot();
    const show = (): void => {
      const now = design.snapshot();
      const moved = now.shape !== shape;
      ({ shape, selected } = now);
      setShown((before) => {
        const next = shownOf(design);
        const same = before.item?.path === next.item?.path && before.item?.fields === next.item?.fields;
        return same && before.header === next.header && !moved ? before : next;
      });
    };
    const look = (): void => {
      clearTimeout(timer); // each key begins the pause anew
      const now = design.snapshot();
      if (now.shape !== shape || now.selected !== selected || isTypedIn()) show();
      else timer = setTimeout(show, pause);
    };
    show();
    const stop = design.subscribe(look);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [design]);
  return shown;
}

const shownOf = (design: Design): Shown => ({
  item: design.selectedItem(),
  header: design.snapshot().outline?.header ?? null,
});

const isTypedIn = (): boolean => document.activeElement?.closest('[data-step-form]') != null;
