import type { ReactNode } from 'react';
import type { Tone } from '../ui/status';
import classes from './Tag.module.css';

/** A word beside a name, legible in light and dark. */
export function Tag({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.tag} data-tone={tone}>
      {children}
    </span>
  );
}
