import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconHistory,
  IconListCheck,
  IconPlayerPlay,
  IconPlus,
  IconUpload,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AccessButton } from '../../identity/AccessButton';
import type { DesignSearch } from '../search';
import { useDesign, useDesignState } from './useDesign';

interface Props {
  name: string | null;
  changed: boolean;
  open: (dialog: 'plan' | 'publish' | 'run') => void;
  insert: () => void;
}

/** What can be done with a runbook. */
export function Toolbar({ name, changed, open, insert }: Props) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const canUndo = useDesignState((state) => state.canUndo);
  const canRedo = useDesignState((state) => state.canRedo);
  return (
    <>
      <ActionIcon.Group>
        <Tooltip label={`${t('design.undo')} (Ctrl Z)`}>
          <ActionIcon
            variant="default"
            size={30}
            aria-label={t('design.undo')}
            disabled={!canUndo}
            onClick={() => design.undo()}
          >
            <IconArrowBackUp size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`${t('design.redo')} (Ctrl ⇧ Z)`}>
          <ActionIcon
            variant="default"
            size={30}
            aria-label={t('design.redo')}
            disabled={!canRedo}
            onClick={() => design.redo()}
          >
            <IconArrowForwardUp size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </ActionIcon.Group>
      <Button size="xs" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={insert}>
        {t('design.insert')}
      </Button>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconListCheck size={14} aria-hidden />}
        onClick={() => open('plan')}
      >
        {t('design.plan')}
      </Button>
      {name != null && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconHistory size={14} aria-hidden />}
          component={Link}
          to={`/runbooks/${name}/versions`}
        >
          {t('design.versions')}
        </Button>
      )}
      {name != null && (
        <Tooltip label={t('design.runHint')} disabled={!changed}>
          <AccessButton
            access="POST /api/runs"
            size="xs"
            variant="default"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            onClick={() => open('run')}
          >
            {changed ? t('design.runPublished') : t('design.run')}
          </AccessButton>
        </Tooltip>
      )}
      <AccessButton
        access="POST /api/runbooks/{name}/versions"
        size="xs"
        leftSection={<IconUpload size={14} aria-hidden />}
        disabled={!changed}
        onClick={() => open('publish')}
      >
        {t('design.publish')}
      </AccessButton>
    </>
  );
}

/** Which parts are shown. */
export function ViewSwitch({
  view,
  change,
}: {
  view: DesignSearch['view'];
  change: (view: DesignSearch['view']) => void;
}) {
  const { t } = useTranslation('runbooks');
  return (
    <SegmentedControl
      size="xs"
      style={{ alignSelf: 'flex-start' }}
      aria-label={t('design.view')}
      value={view ?? 'both'}
      onChange={(next) => change(next === 'both' ? undefined : (next as DesignSearch['view']))}
      data={(['both', 'graph', 'outline', 'text'] as const).map((value) => ({ value, label: t(`view.${value}`) }))}
    />
  );
}
