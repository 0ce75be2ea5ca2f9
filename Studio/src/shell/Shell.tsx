import { AppShell, Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SignIn } from '../identity/SignIn';
import { ConnectionBanner } from '../live/ConnectionBanner';
import '../ui/escape';
import { Header } from './Header';
import { KeyHelp } from './KeyHelp';
import { useKey } from '../ui/keys';
import { Navigation } from './Navigation';
import { destinations } from '../routing/navigation';
import { Palette } from './Palette';
import { CrashBoundary } from '../ui/CrashBoundary';
import classes from './Shell.module.css';

/** What stands around every page. */
export function Shell() {
  const { t } = useTranslation('shell');
  const [menuOpen, menu] = useDisclosure(false);
  const [overlay, setOverlay] = useState<'palette' | 'help' | null>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const closeMenu = menu.close;
  useEffect(() => closeMenu(), [path, closeMenu]);
  useKey('mod+k', t('keys.palette'), () => setOverlay('palette'), 'everywhere');
  useKey('?', t('keys.help'), () => setOverlay('help'), 'everywhere');

  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 188, breakpoint: 'sm', collapsed: { mobile: !menuOpen } }}
      padding={0}
    >
      <a href="#content" className={classes.skip}>
        {t('skipToContent')}
      </a>
      <AppShell.Header className={classes.header}>
        <Burger hiddenFrom="sm" size="sm" opened={menuOpen} onClick={menu.toggle} aria-label={t('nav.menu')} />
        <Header openPalette={() => setOverlay('palette')} openHelp={() => setOverlay('help')} />
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label={t('nav.label')}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        <CrashBoundary resetOn={path}>
          <Outlet />
        </CrashBoundary>
      </AppShell.Main>
      {destinations.map((destination) => (
        <GoKey key={destination.to} destination={destination} />
      ))}
      <Palette opened={overlay === 'palette'} close={() => setOverlay(null)} />
      <KeyHelp opened={overlay === 'help'} close={() => setOverlay(null)} />
      <SignIn />
      <ConnectionBanner />
    </AppShell>
  );
}

function GoKey({ destination }: { destination: (typeof destinations)[number] }) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  useKey(
    destination.keys,
    t('keys.go', { page: t(`nav.${destination.name}`) }),
    () => void navigate({ to: destination.to }),
    'everywhere',
  );
  return null;
}
