import { ActionIcon, Badge, Box, Group, Kbd, Tooltip } from '@mantine/core';
import { IconKeyboard, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Person } from '../identity/Person';
import { ConnectionMark } from '../live/ConnectionMark';
import { nightQuery } from '../night/queries';
import { useNight } from '../ui/nightClock';
import { SettingsMenu } from './SettingsMenu';
import classes from './Shell.module.css';
import { dayOf, offsetOf, timeOfDay, useZone, zoneName } from '../ui/time';

interface Props {
  openPalette: () => void;
  openHelp: () => void;
}

/** The line over every page: where to, what time it is, whether it is live, and who acts. */
export function Header({ openPalette, openHelp }: Props) {
  const { t } = useTranslation('shell');
  return (
    <>
      <Link to="/" className={classes.brand} aria-label={t('product')}>
        <img src="/studio.svg" width={22} height={22} alt="" />
        <Box component="span" visibleFrom="xs">
          {t('product')}
        </Box>
      </Link>
      <Simulated />
      <Box flex={1} />
      <button type="button" className={classes.search} onClick={openPalette}>
        <IconSearch size={14} aria-hidden />
        <span>{t('action.search')}</span>
        <Kbd size="xs">Ctrl K</Kbd>
      </button>
      <Clock />
      <ConnectionMark />
      <Group gap={4} wrap="nowrap">
        <Tooltip label={`${t('keys.title')} (?)`}>
          <ActionIcon variant="subtle" color="gray" onClick={openHelp} aria-label={t('keys.title')} visibleFrom="sm">
            <IconKeyboard size={18} />
          </ActionIcon>
        </Tooltip>
        <SettingsMenu />
      </Group>
      <Person />
    </>
  );
}

function Simulated() {
  const { t } = useTranslation('shell');
  const { data: night } = useQuery(nightQuery);
  if (night?.simulated !== true) return null;
  return (
    <Tooltip label={`${t('simulatedHint')} ${t('nightSpeed', { speed: night.speed })}`} multiline w={280}>
      <Badge variant="light" color="yellow" size="sm" tt="none" visibleFrom="xs">
        {t('simulated')}
      </Badge>
    </Tooltip>
  );
}

function Clock() {
  const { t } = useTranslation('shell');
  const zone = useZone();
  const now = useNight();
  if (now == null) return <Box miw={168} visibleFrom="md" />;
  return (
    <Tooltip label={`${t('time.night')} · ${zoneName(zone)}`}>
      <Box
        component="time"
        visibleFrom="md"
        fz="sm"
        fw={560}
        miw={168}
        ta="end"
        style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
      >
        {dayOf(now, zone)} {timeOfDay(now, zone)}{' '}
        <Box component="span" c="dimmed" fw={400}>
          {offsetOf(now, zoneName(zone))}
        </Box>
      </Box>
    </Tooltip>
  );
}
