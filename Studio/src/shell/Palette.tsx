import { Modal, VisuallyHidden } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChoiceList } from '../ui/ChoiceList';
import { destinations } from '../routing/navigation';
import { matches, type PaletteItem, usePaletteItems } from '../ui/palette';
import { searchServer } from './paletteSearch';

interface Props {
  opened: boolean;
  close: () => void;
}

/** Jump to a page, a run or a runbook, or do what the page offers, by typing. */
export function Palette({ opened, close }: Props) {
  const { t } = useTranslation('shell');
  return (
    <Modal.Root opened={opened} onClose={close} size="lg" yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content>
        <VisuallyHidden>
          <Modal.Title>{t('palette.title')}</Modal.Title>
        </VisuallyHidden>
        <Body close={close} />
      </Modal.Content>
    </Modal.Root>
  );
}

function Body({ close }: { close: () => void }) {
  const { t } = useTranslation('shell');
  const [typed, setTyped] = useState('');
  const items = useItems(typed.trim());
  const groups = [...new Set(items.map((item) => item.group))];
  return (
    <ChoiceList
      label={t('palette.title')}
      placeholder={t('palette.placeholder')}
      nothing={t('palette.nothing')}
      typed={typed}
      type={setTyped}
      groups={groups.map((label) => ({ label, choices: items.filter((item) => item.group === label) }))}
      choose={(item) => {
        close();
        item.run();
      }}
      close={close}
      foot={t('palette.hint')}
    />
  );
}

function useItems(typed: string): PaletteItem[] {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const offered = usePaletteItems();
  const [found, setFound] = useState<PaletteItem[]>([]);
  useEffect(() => {
    if (typed.length < 2) return undefined;
    const search = new AbortController();
    const timer = setTimeout(() => {
      searchServer(typed, search.signal, (to) => void navigate(to)).then(setFound, () => setFound([]));
    }, 120);
    return () => {
      clearTimeout(timer);
      search.abort();
    };
  }, [typed, navigate]);

  const pages = destinations.map(({ to, name, icon, keys }): PaletteItem => ({
    id: to,
    group: t('palette.pages'),
    title: t(`nav.${name}`),
    hint: keys,
    icon,
    run: () => void navigate({ to }),
  }));
  return [...[...offered, ...pages].filter((item) => matches(item, typed)), ...(typed.length < 2 ? [] : found)];
}
