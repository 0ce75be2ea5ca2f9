import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { nightClock, useNight } from './nightClock';
import {
  dayOf,
  fullTime,
  offsetOf,
  operatorZone,
  promotionZone,
  shortTime,
  span,
  timeOfDay,
  useZone,
  zoneName,
} from './time';

interface Props {
  at: string | number;
  /** Day, time and zone, or how far away it is on the night's clock. Default: the time of day, with its day where that is not today. */
  as?: 'time' | 'full' | 'relative';
}

/** A moment in the zone that the person chose; both zones when pointed at. */
export function Moment({ at, as = 'time' }: Props) {
  const { t } = useTranslation('shell');
  const zone = useZone();
  const both = (
    <>
      <div>
        {t('time.promotion', { zone: promotionZone })}: {fullTime(at, 'promotion')}
      </div>
      <div>
        {t('time.operator', { zone: operatorZone })}: {fullTime(at, 'operator')}
      </div>
    </>
  );
  return (
    <Tooltip label={both} openDelay={300} withArrow multiline>
      <time dateTime={new Date(at).toISOString()} style={{ whiteSpace: 'nowrap' }}>
        {as === 'relative' ? (
          <Relative at={at} />
        ) : as === 'full' ? (
          `${dayOf(at, zone)} ${timeOfDay(at, zone)} ${offsetOf(at, zoneName(zone))}`
        ) : (
          shortTime(at, nightClock.now(), zone)
        )}
      </time>
    </Tooltip>
  );
}

function Relative({ at }: { at: string | number }) {
  const { t } = useTranslation('shell');
  const zone = useZone();
  const now = useNight();
  if (now == null) return shortTime(at, null, zone);
  const away = new Date(at).getTime() - now;
  if (Math.abs(away) < 1_000) return t('time.now');
  return t(away > 0 ? 'time.in' : 'time.ago', { span: span(away) });
}
