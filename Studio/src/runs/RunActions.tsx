import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconArrowBackUp, IconBan, IconDots, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useKey } from '../shell/keys';
import { usePaletteItem } from '../shell/palette';
import { useAct } from './actions';
import { type Asked, ReasonDialog } from './ReasonDialog';

/** Pause, resume, cancel and undo of a run: those that its state allows. */
export function RunActions({ run }: { run: Schema<'RunAnswer'> }) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const [asked, setAsked] = useState<Asked | null>(null);
  const act = useAct();
  const open = run.endedAt == null;
  const paused = run.status === 'paused';
  const pausable = open && !paused && run.status !== 'cancelling' && run.status !== 'undoing';
  const cancellable = open && run.status !== 'cancelling';
  const undoable = run.status !== 'undoing' && run.status !== 'undone' && run.status !== 'cancelling';
  const resume = () => act.mutate({ run: run.id, action: 'resume' });
  const group = shell('palette.actions');
  useKey(pausable || paused ? 'p' : null, t(paused ? 'action.resume' : 'action.pause'), () =>
    paused ? resume() : setAsked({ action: 'pause' }),
  );
  usePaletteItem(
    pausable
      ? {
          id: 'pause',
          group,
          title: t('action.pause'),
          icon: IconPlayerPause,
          run: () => setAsked({ action: 'pause' }),
        }
      : null,
  );
  usePaletteItem(paused ? { id: 'resume', group, title: t('action.resume'), icon: IconPlayerPlay, run: resume } : null);
  usePaletteItem(
    cancellable
      ? { id: 'cancel', group, title: t('action.cancel'), icon: IconBan, run: () => setAsked({ action: 'cancel' }) }
      : null,
  );

  return (
    <>
      {paused && (
        <Button
          size="xs"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={act.isPending}
          onClick={resume}
        >
          {t('action.resume')}
        </Button>
      )}
      {pausable && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPause size={14} aria-hidden />}
          onClick={() => setAsked({ action: 'pause' })}
        >
          {t('action.pause')}
        </Button>
      )}
      {(cancellable || undoable) && (
        <Menu position="bottom-end" withArrow>
          <Menu.Target>
            <ActionIcon variant="default" size={30} aria-label={t('action.more')}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {undoable && (
              <Menu.Item
                leftSection={<IconArrowBackUp size={14} aria-hidden />}
                onClick={() => setAsked({ action: 'undo' })}
              >
                {t('action.undo')}…
              </Menu.Item>
            )}
            {cancellable && (
              <Menu.Item
                color="red"
                leftSection={<IconBan size={14} aria-hidden />}
                onClick={() => setAsked({ action: 'cancel' })}
              >
                {t('action.cancel')}…
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      <ReasonDialog run={run.id} runbook={run.runbook} asked={asked} close={() => setAsked(null)} />
    </>
  );
}
