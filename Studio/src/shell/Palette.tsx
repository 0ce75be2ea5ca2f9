import { Combobox, Modal, ScrollArea, Text, TextInput, useCombobox, VisuallyHidden } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { destinations } from './navigation';
import { matches, type PaletteItem, usePaletteItems } from './palette';
import { searchServer } from './paletteSearch';
import classes from './Palette.module.css';

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
  const combobox = useCombobox({ opened: true });
  const groups = [...new Set(items.map((item) => item.group))];
  const first = combobox.selectFirstOption;
  useEffect(() => void first(), [items.length, typed]); // eslint-disable-line react-hooks/exhaustive-deps

  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        close();
        items.find((item) => item.id === id)?.run();
      }}
    >
      <Combobox.EventsTarget>
        <TextInput
          data-autofocus
          size="md"
          variant="unstyled"
          className={classes.input}
          leftSection={<IconSearch size={18} aria-hidden />}
          placeholder={t('palette.placeholder')}
          aria-label={t('palette.title')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </Combobox.EventsTarget>
      <ScrollArea.Autosize mah="50vh" type="auto" className={classes.list}>
        <Combobox.Options>
          {items.length === 0 && <Combobox.Empty>{t('palette.nothing')}</Combobox.Empty>}
          {groups.map((group) => (
            <Combobox.Group key={group} label={group}>
              {items
                .filter((item) => item.group === group)
                .map((item) => (
                  <Option key={item.id} item={item} />
                ))}
            </Combobox.Group>
          ))}
        </Combobox.Options>
      </ScrollArea.Autosize>
      <Text size="xs" c="dimmed" className={classes.hint}>
        {t('palette.hint')}
      </Text>
    </Combobox>
  );
}

function Option({ item }: { item: PaletteItem }) {
  const Icon = item.icon;
  return (
    <Combobox.Option value={item.id} className={classes.option}>
      {Icon != null && <Icon size={16} aria-hidden />}
      <span>{item.title}</span>
      {item.hint != null && (
        <Text span size="xs" c="dimmed">
          {item.hint}
        </Text>
      )}
    </Combobox.Option>
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
