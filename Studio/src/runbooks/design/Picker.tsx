import { Tag } from '../Tag';
import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChoiceList } from '../../shell/ChoiceList';
import { looks } from '../graph/looks';
import { type ChosenKind, kinds } from '../model/kinds';
import { newStep } from '../model/source';
import { activitiesQuery, runbooksQuery } from '../queries';

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
  const all = useChoices(typed);
  const groups = [
    { label: t('picker.activities'), choices: all.filter(({ kind }) => kind === 'run') },
    { label: t('picker.kinds'), choices: all.filter(({ kind, id }) => kind !== 'run' && !id.startsWith('runbook:')) },
    { label: t('picker.runbooks'), choices: all.filter(({ id }) => id.startsWith('runbook:')) },
  ];
  return (
    <ChoiceList
      label={t('picker.title')}
      placeholder={t('picker.placeholder')}
      nothing={t('picker.nothing')}
      typed={typed}
      type={setTyped}
      groups={groups.map(({ label, choices }) => ({
        label,
        choices: choices.map((choice) => ({ ...choice, ...looks[choice.kind], mark: <Effect of={choice.effect} /> })),
      }))}
      choose={(choice) => {
        close();
        choose(choice.source());
      }}
      hintsBelow
    />
  );
}

function Effect({ of: effect }: { of: string | undefined }) {
  const { t } = useTranslation('runbooks');
  if (effect == null || effect === 'none') return null;
  return <Tag tone={effect === 'destructive' ? 'fail' : 'pause'}>{t(`effect.${effect as 'reversible'}`)}</Tag>;
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
