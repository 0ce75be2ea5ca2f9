import { type ReactNode, useId } from 'react';
import classes from './Card.module.css';

interface Props {
  title?: string;
  /** At the end of the title's line. */
  aside?: ReactNode;
  children: ReactNode;
  /** Its content reaches the edges: lists, graphs. */
  flush?: boolean;
  className?: string;
}

/** A part of a page with a heading of its own. */
export function Card({ title, aside, children, flush, className }: Props) {
  const id = useId();
  return (
    <section className={`${classes.card} ${className ?? ''}`} aria-labelledby={title == null ? undefined : id}>
      {title != null && (
        <header className={classes.head}>
          <h2 id={id}>{title}</h2>
          {aside}
        </header>
      )}
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
