import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIdentity } from '../identity/identity';
import { Page } from '../ui/Page';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Blocked } from './Blocked';
import { Clusters } from '../night/Clusters';
import { EmergencyPlace } from './EmergencyPlace';
import { Headline } from './Headline';
import { ForMe } from './ForMe';
import { Due, Unheld } from './Unheld';
import { Moment } from '../ui/Moment';
import { wallQuery } from '../night/queries';
import { Units } from '../night/Units';
import { WallSkeleton } from './WallSkeleton';
import classes from './Wall.module.css';
import '../night/texts';

/** It is asked for anew every five seconds: three times that without an answer, and what stands here is no more of now. In ms. */
const wallLasts = 15_000;

/** The promotion night at a glance. */
export function WallPage() {
  const { t } = useTranslation('night');
  const person = useIdentity();
  const { data: wall, error, refetch, dataUpdatedAt } = useQuery(wallQuery(person));
  const old = useOlderThan(dataUpdatedAt, wallLasts);
  return (
    <Page
      title={t('title')}
      mark={
        wall == null ? null : (
          <span className={classes.fleet} data-tone={old ? 'pause' : undefined} data-stale={old}>
            {wall.fleet} · {t(old ? 'asOfOld' : 'asOf')} <Moment at={wall.at} as="full" />
          </span>
        )
      }
    >
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {wall == null && error == null && <WallSkeleton />}
      {wall != null && (
        <div className={classes.wall}>
          <Headline wall={wall} />
          <div className={classes.columns}>
            <div className={classes.main}>
              <Clusters clusters={wall.clusters} />
              <Units units={wall.units} />
            </div>
            <div className={classes.side}>
              <ForMe decisions={wall.decisions ?? []} />
              <Blocked blocked={wall.blocked} />
              <Due due={wall.due ?? []} />
              <Unheld unheld={wall.unheld} />
              <EmergencyPlace emergency={wall.emergency} />
            </div>
          </div>
        </div>
      )}
    </Page>
  );
}

/** Whether an answer of this moment of the browser's clock is older than that by now. */
function useOlderThan(at: number, lasts: number): boolean {
  const [old, setOld] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setOld(at), Math.max(0, at + lasts - Date.now()));
    return () => clearTimeout(timer);
  }, [at, lasts]);
  return at > 0 && old === at;
}
