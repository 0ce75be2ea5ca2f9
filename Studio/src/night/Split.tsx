import classes from './Clusters.module.css';

/** How a cluster's machines are divided between online and batch work. */
export function Split({ online, batch }: { online: number; batch: number }) {
  return (
    <span className={classes.split}>
      <span className={classes.ratio}>
        {online} : {batch}
      </span>
      <span className={classes.parts} aria-hidden>
        <i style={{ width: `${online}%` }} />
      </span>
    </span>
  );
}
