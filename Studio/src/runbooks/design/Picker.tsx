import { Tag } from '../Tag';
import { Combobox, Modal, ScrollArea, Text, TextInput, useCombobox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { looks } from '../graph/looks';
import { type ChosenKind, kinds } from '../model/kinds';
import { newStep } from '../model/source';
import { activitiesQuery, runbooksQuery } from '../queries';
import classes from './Picker.module.css';

interface Choice {
  id: string;
  kind: ChosenKind;
  title: string;
  hint: string;
  effect?: string;
  source: () => string;
}

interface Props {
  opened: boolean;
  close: () => void;
  choose: (source: string) => void;
}

/** Choose what a new step does, by typing: an activity, a kind of step, another runbook. */
export function Picker({ opened, close, choose }: Props) {
  const { t } = useTranslation('runbooks');
  return (
    <Modal
      opened={opened}
      onClose={close}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="10vh"
      title={t('picker.title')}
      styles={{ header: { minHeight: 0, padding: '8px 14px 0' }, title: { fontSize: 12, fontWeight: 600 } }}
      returnFocus={false}
    >
      <Body close={close} choose={choose} />
    </Modal>
  );
}

function Body({ close, choose }: Omit<Props, 'opened'>) {
  const { t } = useTranslation('runbooks');
  const [typed, setTyped] = useState('');
  const choices = useChoices(typed);
  const combobox = useCombobox({ opened: true });
  const first = combobox.selectFirstOption;
  useEffect(() => void first(), [choices.length, typed]); // eslint-disable-line react-hooks/exhaustive-deps
  const groups = [
    { label: t('picker.activities'), all: choices.filter(({ kind }) => kind === 'run') },
    { label: t('picker.kinds'), all: choices.filter(({ kind, id }) => kind !== 'run' && !id.startsWith('runbook:')) },
    { label: t('picker.runbooks'), all: choices.filter(({ id }) => id.startsWith('runbook:')) },
  ];
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        const choice = choices.find((one) => one.id === id);
        close();
        if (choice != null) choose(choice.source());
      }}
    >
      <Combobox.EventsTarget>
        <TextInput
          data-autofocus
          size="md"
          variant="unstyled"
          className={classes.input}
          leftSection={<IconSearch size={18} aria-hidden />}
          placeholder={t('picker.placeholder')}
          aria-label={t('picker.title')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </Combobox.EventsTarget>
      <ScrollArea.Autosize mah="56vh" type="auto" className={classes.list}>
        <Combobox.Options aria-label={t('picker.title')}>
          {choices.length === 0 && <Combobox.Empty>{t('picker.nothing')}</Combobox.Empty>}
          {groups
            .filter(({ all }) => all.length > 0)
            .map(({ label, all }) => (
              <Combobox.Group key={label} label={label}>
                {all.map((choice) => (
                  <Option key={choice.id} choice={choice} />
                ))}
              </Combobox.Group>
            ))}
        </Combobox.Options>
      </ScrollArea.Autosize>
    </Combobox>
  );
}

function Option({ choice }: { choice: Choice }) {
  const { t } = useTranslation('runbooks');
  const { icon: Icon, tone } = looks[choice.kind];
  return (
    <Combobox.Option value={choice.id} className={classes.option}>
      <span data-tone={tone} className={classes.icon}>
        <Icon size={17} aria-hidden />
      </span>
      <span className={classes.texts}>
        <span>{choice.title}</span>
        <Text span size="xs" c="dimmed" lineClamp={1}>
          {choice.hint}
        </Text>
      </span>
      {choice.effect != null && choice.effect !== 'none' && (
        <Tag tone={choice.effect === 'destructive' ? 'fail' : 'pause'}>
          {t(`effect.${choice.effect as 'reversible'}`)}
        </Tag>
      )}
    </Combobox.Option>
  );
}

function useChoices(typed: string): Choice[] {
  const { t } = useTranslation('runbooks');
  const { data: activities } = useQuery(activitiesQuery);
  const { data: runbooks } = useQuery(runbooksQuery);
  const all: Choice[] = [
    ...(activities ?? []).map(({ name, title, description, effect }): Choice => ({
      id: `run:${name}`,
      kind: 'run',
      title: name,
      hint: description == null ? title : `${title} – ${description}`,
      effect,
      source: () => newStep('run', name.split('.').at(-1) ?? name, { run: name }),
    })),
    ...kinds
      .filter((kind) => kind !== 'run' && kind !== 'runbook')
      .map((kind): Choice => ({
        id: kind,
        kind,
        title: t(`kind.${kind}`),
        hint: t(`kindHint.${kind}`),
        source: () => newStep(kind, kind.toLowerCase()),
      })),
    ...(runbooks?.items ?? []).map(({ name, description }): Choice => ({
      id: `runbook:${name}`,
      kind: 'runbook',
      title: name,
      hint: description ?? '',
      source: () => newStep('runbook', name, { runbook: name }),
    })),
  ];
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const within = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const found = all.filter(({ title, hint, id }) => within(`${id} ${title} ${hint}`));
  // What is called so comes before what only speaks of it.
  return words.length === 0
    ? found
    : [...found.filter(({ title }) => within(title)), ...found.filter(({ title }) => !within(title))];
}
