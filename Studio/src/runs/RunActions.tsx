import { ActionIcon, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import {
  IconArrowBackUp,
  IconBan,
  IconDots,
  IconPlayerPause,
  IconPlayerPlay,
  IconRepeat,
  IconSend,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useKey } from '../ui/keys';
import { usePaletteItem } from '../ui/palette';
import { AccessButton, AccessItem } from '../identity/AccessButton';
import { useRefusal } from '../identity/access';
import { useAct } from './actions';
import { runInputsQuery } from './queries';
import { type Asked, ReasonDialog } from './ReasonDialog';
import { SignalDialog } from './SignalDialog';
import { StartDialog } from './StartDialog';

interface Props {
  run: Schema<'RunResponse'>;
  /** Signals that its steps wait for. */
  signals: readonly string[];
}

/** What can be done to a run: start it again, and pause, resume, cancel, undo and signals, as its state allows. */
export function RunActions({ run, signals }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [again, setAgain] = useState(false);
  const [signal, setSignal] = useState<string | null>(null);
  const { data: inputs } = useQuery({ ...runInputsQuery(run.id), enabled: again });
  const act = useAct();
  const mayControl = useRefusal('POST /api/runs/{id}/pause') == null;
  const mayStart = useRefusal('POST /api/runs') == null;
  const open = run.endedAt == null;
  const paused = run.status === 'paused';
  const pausable = open && !paused && run.status !== 'cancelling' && run.status !== 'undoing';
  const cancellable = open && run.status !== 'cancelling';
  const undoable = run.status !== 'undoing' && run.status !== 'undone' && run.status !== 'cancelling';
  const resume = () => act.mutate({ run: run.id, action: 'resume' });
  const group = shell('palette.actions');
  useKey(mayControl && (pausable || paused) ? 'p' : null, t(paused ? 'action.resume' : 'action.pause'), () =>
    paused ? resume() : setAsked({ action: 'pause' }),
  );
  usePaletteItem(
    mayStart ? { id: 'again', group, title: t('startForm.again'), icon: IconRepeat, run: () => setAgain(true) } : null,
  );
  usePaletteItem(
    mayControl && pausable
      ? {
          id: 'pause',
          group,
          title: t('action.pause'),
          icon: IconPlayerPause,
          run: () => setAsked({ action: 'pause' }),
        }
      : null,
  );
  usePaletteItem(
    mayControl && paused ? { id: 'resume', group, title: t('action.resume'), icon: IconPlayerPlay, run: resume } : null,
  );
  usePaletteItem(
    mayControl && cancellable
      ? { id: 'cancel', group, title: t('action.cancel'), icon: IconBan, run: () => setAsked({ action: 'cancel' }) }
      : null,
  );

  return (
    <>
      {paused && (
        <AccessButton
          access="POST /api/runs/{id}/resume"
          size="xs"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={act.isPending}
          onClick={resume}
        >
          {t('action.resume')}
        </AccessButton>
      )}
      {pausable && (
        <AccessButton
          access="POST /api/runs/{id}/pause"
          size="xs"
          variant="default"
          leftSection={<IconPlayerPause size={14} aria-hidden />}
          onClick={() => setAsked({ action: 'pause' })}
        >
          {t('action.pause')}
        </AccessButton>
      )}
      <AccessButton
        access="POST /api/runs"
        size="xs"
        variant="default"
        leftSection={<IconRepeat size={14} aria-hidden />}
        onClick={() => setAgain(true)}
      >
        {t('startForm.again')}
      </AccessButton>
      {(cancellable || undoable) && (
        <Menu position="bottom-end" withArrow>
          <Menu.Target>
            <ActionIcon variant="default" size={30} aria-label={t('action.more')}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {open && (
              <AccessItem
                access="POST /api/runs/{id}/signals/{name}"
                leftSection={<IconSend size={14} aria-hidden />}
                onClick={() => setSignal('')}
              >
                {t('signal.sendAny')}…
              </AccessItem>
            )}
            {undoable && (
              <AccessItem
                access="POST /api/runs/{id}/undo"
                leftSection={<IconArrowBackUp size={14} aria-hidden />}
                onClick={() => setAsked({ action: 'undo' })}
              >
                {t('action.undo')}…
              </AccessItem>
            )}
            {cancellable && (
              <AccessItem
                access="POST /api/runs/{id}/cancel"
                color="red"
                leftSection={<IconBan size={14} aria-hidden />}
                onClick={() => setAsked({ action: 'cancel' })}
              >
                {t('action.cancel')}…
              </AccessItem>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      <SignalDialog run={run.id} signal={signal} known={signals} close={() => setSignal(null)} />
      <StartDialog opened={again && inputs != null} close={() => setAgain(false)} earlier={inputs} />
      <ReasonDialog run={run.id} runbook={run.runbook} asked={asked} close={() => setAsked(null)} />
    </>
  );
}
