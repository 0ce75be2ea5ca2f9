import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useIdentity } from '../identity/identity';
import { Page } from '../shell/Page';
import { ProblemNotice } from '../shell/ProblemNotice';
import { Blocked } from './Blocked';
import { Clusters } from './Clusters';
import { EmergencyPlace } from './EmergencyPlace';
import { Headline } from './Headline';
import { ForMe } from './ForMe';
import { wallQuery } from './queries';
import { Units } from './Units';
import { WallSkeleton } from './WallSkeleton';
import classes from './Wall.module.css';
import './texts';

/** The promotion night at a glance. */
export function WallPage() {
  const { t } = useTranslation('wall');
  const person = useIdentity();
  const { data: wall, error, refetch } = useQuery(wallQuery(person));
  return (
    <Page title={t('title')} mark={wall == null ? null : <span className={classes.fleet}>{wall.fleet}</span>}>
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
              <ForMe approvals={wall.approvals} />
              <Blocked blocked={wall.blocked} />
              <EmergencyPlace />
            </div>
          </div>
        </div>
      )}
    </Page>
  );
}
