import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Panes.module.css';

const key = 'orchestrator.designer.split';
const clamp = (share: number): number => Math.max(20, Math.min(80, share));

interface Props {
  left: ReactNode | null;
  right: ReactNode | null;
}

/** Two parts beside each other, with a bar between them that can be moved. */
export function Panes({ left, right }: Props) {
  const { t } = useTranslation('runbooks');
  const whole = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(() => clamp(Number(localStorage.getItem(key) ?? 52) || 52));
  const change = (next: number): void => {
    setShare(clamp(next));
    localStorage.setItem(key, String(clamp(next)));
  };
  const onPointerMove = (event: PointerEvent): void => {
    const box = whole.current?.getBoundingClientRect();
    if (box != null && event.currentTarget.hasPointerCapture(event.pointerId))
      change(((event.clientX - box.left) / box.width) * 100);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft') change(share - 4);
    else if (event.key === 'ArrowRight') change(share + 4);
    else return;
    event.preventDefault();
  };
  if (left == null || right == null) return <div className={classes.one}>{left ?? right}</div>;
  return (
    <div
      ref={whole}
      className={classes.two}
      style={{ gridTemplateColumns: `minmax(0, ${share}fr) 7px minmax(0, ${100 - share}fr)` }}
    >
      <div className={classes.pane}>{left}</div>
      {/* A separator that can be moved is a widget, with a value. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="separator"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={t('design.split')}
        aria-valuenow={Math.round(share)}
        aria-valuemin={20}
        aria-valuemax={80}
        className={classes.bar}
        data-own-keys
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onKeyDown={onKeyDown}
      />
      <div className={classes.pane}>{right}</div>
    </div>
  );
}
