import { Skeleton } from '@mantine/core';
import classes from './Wall.module.css';

/** The wall's shape before it is there. */
export function WallSkeleton() {
  return (
    <div className={classes.wall} aria-busy="true">
      <Skeleton height={112} radius={10} />
      <div className={classes.columns}>
        <div className={classes.main}>
          <Skeleton height={330} radius={10} />
          <Skeleton height={190} radius={10} />
        </div>
        <div className={classes.side}>
          <Skeleton height={150} radius={10} />
          <Skeleton height={210} radius={10} />
        </div>
      </div>
    </div>
  );
}
