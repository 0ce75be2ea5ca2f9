import { Popover, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import classes from './Clusters.module.css';
import { Moment } from '../ui/Moment';
import { useNight } from '../ui/nightClock';
import { isPast } from './figures';
import { guardAsks, guardFix, guardName } from '../i18n/server';

const looks = {
  green: { tone: 'done', icon: IconCheck },
  amber: { tone: 'pause', icon: IconAlertTriangle },
  red: { tone: 'fail', icon: IconX },
} as const;

type Light = keyof typeof looks;
const lightOf = (word: string): Light => (word === 'green' || word === 'amber' ? word : 'red');

/** The guards of a cluster's last move: a light each, and in words when opened. */
export function GuardLights({ lights }: { lights: Schema<'GuardLight'>[] }) {
  const { t } = useTranslation('night');
  const now = useNight(10_000);
  if (lights.length === 0) return <small className={classes.dim}>{t('clusters.noGuards')}</small>;
  // What is past goes out: it is told, with its time, and lights nothing.
  const current = lights.filter((light) => !isPast(light, now));
  const last = lights.map((light) => light.at).reduce((a, b) => (b != null && (a == null || b > a) ? b : a), null);
  const count = (light: Light) => current.filter((one) => lightOf(one.light) === light).length;
  const words = t('clusters.lights', { green: count('green'), amber: count('amber'), red: count('red') });
  const worst = count('red') > 0 ? 'red' : count('amber') > 0 ? 'amber' : 'green';
  const Icon = looks[worst].icon;
  return (
    <Popover withArrow position="left" width={380} shadow="md">
      <Popover.Target>
        <UnstyledButton className={classes.guards}>
          <span className="visually-hidden">
            {t('clusters.guards')}: {current.length > 0 && words}{' '}
          </span>
          <span className={classes.lights} aria-hidden>
            {lights.map((light) => (
              <i
                key={`${light.guard} ${light.path}`}
                data-tone={isPast(light, now) ? 'skip' : looks[lightOf(light.light)].tone}
              />
            ))}
          </span>
          {current.length > 0 && (
            <small data-tone={looks[worst].tone}>
              <Icon size={13} aria-hidden /> {count(worst)} {t(`clusters.${worst}`)}
            </small>
          )}
          {last != null && (
            <small className={classes.dim}>
              {current.length === 0 && `${t('clusters.past')} `}
              <Moment at={last} as="relative" />
            </small>
          )}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className={classes.reasons}>
          {lights.map((light) => {
            const { tone, icon: LightIcon } = looks[lightOf(light.light)];
            return (
              <li key={`${light.guard} ${light.path}`} data-tone={tone}>
                <LightIcon size={14} aria-hidden />
                <div>
                  <b>{guardName(light.guard)}</b>{' '}
                  <span className="visually-hidden">{t(`clusters.${lightOf(light.light)}`)}</span> {reasonOf(light)}
                  {light.at != null && (
                    <div className={classes.dim}>
                      <Moment at={light.at} as="full" />
                      {isPast(light, now) && ` · ${t('clusters.past')}`}
                    </div>
                  )}
                  {light.fix != null && <div className={classes.dim}>{guardFix(light.guard, light.fix)}</div>}
                  {light.run != null && (
                    <div>
                      <Link to="/runs/$id" params={{ id: light.run }} search={{ step: light.path ?? undefined }}>
                        {light.path}
                      </Link>
                    </div>
                  )}
                </div>
              </li>
            );
          })}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

/** What the guard asks where it holds or was waived, with the reason; what was found where it does not hold. */
function reasonOf({ guard, light, reason }: Schema<'GuardLight'>): string {
  if (light === 'red') return reason;
  const [asks = '', waiver] = reason.split('; waived: ');
  const said = guardAsks(guard, asks);
  return waiver == null ? said : `${said}${reason.slice(asks.length)}`;
}
