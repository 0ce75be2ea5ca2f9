import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKey } from './keys';

/** Moving through a list's rows with j and k: give `rowProps(index)` to each row, which must hold one link or button. */
export function useRows(count: number) {
  const { t } = useTranslation('shell');
  const [current, setCurrent] = useState(-1);
  const rows = useRef(new Map<number, HTMLElement>());
  const move = (to: number) => {
    const next = Math.max(0, Math.min(count - 1, to));
    setCurrent(next);
    const row = rows.current.get(next);
    row?.scrollIntoView({ block: 'nearest' });
    row?.querySelector<HTMLElement>('a, button')?.focus();
  };
  useKey(count > 0 ? 'j' : null, t('keys.next'), () => move(current + 1));
  useKey(count > 0 ? 'k' : null, t('keys.previous'), () => move(current - 1));

  return {
    current,
    rowProps: (index: number) => ({
      'data-current': index === current || undefined,
      onFocus: () => setCurrent(index),
      ref: (element: HTMLElement | null) => {
        if (element == null) rows.current.delete(index);
        else rows.current.set(index, element);
      },
    }),
  };
}
