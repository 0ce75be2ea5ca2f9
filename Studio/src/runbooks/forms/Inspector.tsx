import { ActionIcon, Alert, Button, Menu, Skeleton, Text, Tooltip } from '@mantine/core';
import { IconArrowsMaximize, IconCopy, IconDots, IconTrash } from '@tabler/icons-react';
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { looks } from '../graph/looks';
import { titleOf } from '../graph/summary';
import { moveFor } from '../design/stepKeys';
import { useDesign, useDesignState } from '../design/useDesign';
import { containers } from '../model/kinds';
import type { Item } from '../model/outline';
import type { PlacedDiagnostic } from '../diagnostics/placed';
import { DiagnosticList } from '../diagnostics/DiagnosticList';
import classes from './forms.module.css';
import { HeaderForm } from './HeaderForm';
import { StepForm } from './StepForm';
import { useShown } from './useShown';

interface Props {
  diagnostics: readonly PlacedDiagnostic[];
  ref: Ref<HTMLDivElement>;
  insertAfter: () => void;
}

/** What the step that is looked at says, as a form; without one, what the runbook itself says. */
export function Inspector({ diagnostics, ref, insertAfter }: Props) {
  const { t } = useTranslation('runbooks');
  const { item, header } = useShown();
  const broken = useDesignState((state) => state.syntax.length > 0);
  const own = diagnostics.filter(({ path }) => path === (item?.path ?? null));
  // No field before it is known what it holds: an empty one would be taken at its word, and left as it is.
  if (header == null && !broken) return <Waiting ref={ref} />;
  return (
    <div ref={ref} className={classes.form} data-own-keys data-step-form>
      {broken && (
        <Alert color="yellow" variant="light" p="xs">
          <Text size="xs">{t('form.broken')}</Text>
        </Alert>
      )}
      {item == null ? (
        <Text size="sm" fw={600}>
          {t('form.runbookItself')}
        </Text>
      ) : (
        <Head item={item} insertAfter={insertAfter} />
      )}
      {own.length > 0 && <DiagnosticList diagnostics={own} />}
      {header != null && (
        <fieldset disabled={broken} className={classes.fields}>
          {item != null ? <StepForm key={item.path} item={item} /> : <HeaderForm header={header} />}
        </fieldset>
      )}
    </div>
  );
}

function Waiting({ ref }: { ref: Ref<HTMLDivElement> }) {
  return (
    <div ref={ref} className={classes.form} aria-busy="true">
      {[20, 44, 44, 80, 44].map((height, index) => (
        <Skeleton key={index} height={height} radius="sm" />
      ))}
    </div>
  );
}

/** What dragging does, and Alt with the arrow keys. */
const moves = [
  { key: 'ArrowUp', name: 'moveUp', keys: 'Alt ↑' },
  { key: 'ArrowDown', name: 'moveDown', keys: 'Alt ↓' },
  { key: 'ArrowRight', name: 'moveIn', keys: 'Alt →' },
  { key: 'ArrowLeft', name: 'moveOut', keys: 'Alt ←' },
] as const;

function Head({ item, insertAfter }: { item: Item; insertAfter: () => void }) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const { icon: Icon, tone } = looks[item.kind];
  return (
    <div>
      <div className={classes.formHead}>
        <span data-tone={tone} style={{ color: 'var(--tone)', display: 'flex' }}>
          <Icon size={17} aria-hidden />
        </span>
        <Text size="sm" fw={600} truncate style={{ flex: 1 }}>
          {titleOf(item)}
        </Text>
        <Tooltip label={`${t('step.duplicate')} (Ctrl D)`}>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={t('step.duplicate')}
            onClick={() => void design.perform({ do: 'duplicate', path: item.path })}
          >
            <IconCopy size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`${t('step.remove')} (Del)`}>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="red"
            aria-label={t('step.remove')}
            onClick={() => void design.perform({ do: 'remove', paths: [item.path] })}
          >
            <IconTrash size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('step.more')}>
              <IconDots size={15} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{t('step.move')}</Menu.Label>
            {moves.map(({ key, name, keys }) => (
              <Menu.Item
                key={key}
                rightSection={
                  <Text size="xs" c="dimmed">
                    {keys}
                  </Text>
                }
                onClick={() =>
                  void design.perform((outline, path) => (path == null ? null : moveFor(outline, path, key)))
                }
              >
                {t(`step.${name}`)}
              </Menu.Item>
            ))}
            {item.kind !== 'branch' && (
              <>
                <Menu.Label>{t('step.wrap')}</Menu.Label>
                {containers.map((kind) => (
                  <Menu.Item key={kind} onClick={() => void design.perform({ do: 'wrap', path: item.path, kind })}>
                    {t(`kind.${kind}`)}
                  </Menu.Item>
                ))}
              </>
            )}
            {item.blocks.some((block) => block.items.length > 0) && item.kind !== 'branch' && (
              <>
                <Menu.Divider />
                <Menu.Item
                  leftSection={<IconArrowsMaximize size={14} aria-hidden />}
                  onClick={() => void design.perform({ do: 'unwrap', path: item.path })}
                >
                  {t('step.unwrap')}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </div>
      <code className={classes.path}>{item.path}</code>
      {item.kind === 'if' || item.kind === 'try' ? <AddBlocks item={item} /> : null}
      <Button mt={6} size="compact-xs" variant="light" onClick={insertAfter}>
        {t('step.insertAfter')}
      </Button>
    </div>
  );
}

/** Blocks that a step may have and has not yet. */
function AddBlocks({ item }: { item: Item }) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  return item.blocks
    .filter((block, index) => index > 0 && block.keyFrom < 0)
    .map(({ key }) => (
      <Button
        key={key}
        mt={6}
        me={6}
        size="compact-xs"
        variant="default"
        onClick={() => void design.perform({ do: 'set', path: item.path, field: [key], value: [] })}
      >
        {t('step.addBlock', { name: t(`block.${key}`) })}
      </Button>
    ));
}
