import { Tag } from '../Tag';
import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChoiceList } from '../../ui/ChoiceList';
import { looks } from '../graph/looks';
import { type ChosenKind, kinds } from '../model/kinds';
import { newStep } from '../model/source';
import { activitiesQuery, runbooksQuery } from '../queries';
import { kindWords } from './kindWords';
import { type Ranked, ranked } from './ranking';

interface Choice extends Ranked {
  kind: ChosenKind;
  effect?: string;
  source: () => string;
}

interface Props {
  opened: boolean;
  /** Without a choice the focus goes back to where it was. */
  close: (opener?: HTMLElement) => void;
  choose: (source: string) => void;
}

/** Choose what a new step does, by typing: an activity, a kind of step, another runbook. */
export function Picker({ opened, close, choose }: Props) {
  const { t } = useTranslation('runbooks');
  const opener = useRef<HTMLElement | null>(null);
  useEffect(() => {
    // The dialog takes the focus later than this.
    if (opened) opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  }, [opened]);
  const leave = (): void => {
    const { current } = opener;
    close(current?.isConnected === true && current !== document.body ? current : undefined);
  };
  return (
    <Modal
      opened={opened}
      onClose={leave}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="10vh"
      title={t('picker.title')}
      styles={{ header: { minHeight: 0, padding: '8px 14px 0' }, title: { fontSize: 12, fontWeight: 600 } }}
      returnFocus={false}
    >
      <Body leave={leave} close={close} choose={choose} />
    </Modal>
  );
}

function Body({ leave, close, choose }: Omit<Props, 'opened'> & { leave: () => void }) {
  const { t } = useTranslation('runbooks');
  const [typed, setTyped] = useState('');
  const all = useChoices();
  const groups = ranked(typed, [
    { label: t('picker.activities'), choices: all.filter(({ kind }) => kind === 'run') },
    { label: t('picker.kinds'), choices: all.filter(({ kind, id }) => kind !== 'run' && !id.startsWith('runbook:')) },
    { label: t('picker.runbooks'), choices: all.filter(({ id }) => id.startsWith('runbook:')) },
  ]);
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
      close={leave}
      hintsBelow
    />
  );
}

function Effect({ of: effect }: { of: string | undefined }) {
  const { t } = useTranslation('runbooks');
  if (effect == null || effect === 'none') return null;
  return <Tag tone={effect === 'destructive' ? 'fail' : 'pause'}>{t(`effect.${effect as 'reversible'}`)}</Tag>;
}

function useChoices(): Choice[] {
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
        words: kindWords[kind],
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
  return all;
}
