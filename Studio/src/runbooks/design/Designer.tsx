import { Group, Loader, Skeleton, Text } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconCircleCheck } from '@tabler/icons-react';
import { lazy, memo, type ReactNode, Suspense, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeyHints } from '../../ui/keys';
import { Inspector } from '../forms/Inspector';
import { GraphActionsContext } from '../graph/graphActions';
import { withLocks } from '../model/locks';
import type { BlockRef } from '../model/outline';
import { newBranch } from '../model/source';
import { worstByPath } from '../diagnostics/placed';
import { DiagnosticList } from '../diagnostics/DiagnosticList';
import type { Diagnostics } from '../diagnostics/useDiagnostics';
import type { DesignSearch } from '../search';
import classes from './Designer.module.css';
import { Panes } from './Panes';
import { Picker } from './Picker';
import { StepTree } from './StepTree';
import { useDesign, useDesignState } from './useDesign';
import { useStepKeys } from './useStepKeys';

const Graph = lazy(() => import('../graph/Graph').then(({ Graph }) => ({ default: Graph })));
const Editor = lazy(() => import('../text/Editor').then(({ Editor }) => ({ default: Editor })));

/** What the graph, the list of steps and the text take while they have the focus; `useStepKeys` does it. */
const stepKeys = [
  ['↑ ↓', 'walk'],
  ['← →', 'depth'],
  ['Shift ←', 'fold'],
  ['Enter', 'form'],
  ['Delete', 'remove'],
  ['Alt ↑', 'moveUp'],
  ['Alt ↓', 'moveDown'],
  ['Alt →', 'moveIn'],
  ['Alt ←', 'moveOut'],
  ['Ctrl C', 'copy'],
  ['Ctrl X', 'cut'],
  ['Ctrl V', 'paste'],
  ['Ctrl D', 'duplicate'],
  ['Ctrl Shift Z', 'redo'],
  ['Esc Tab', 'leaveText'],
] as const;

interface Props {
  diagnostics: Diagnostics;
  view: DesignSearch['view'];
  /** Where a new step is to be put that the person is choosing; null: none. */
  place: { into: BlockRef; index: number } | null;
  setPlace: (place: { into: BlockRef; index: number } | null) => void;
  /** Lets the person choose a step to put in after the one that is looked at. */
  openPicker: () => void;
}

/** The steps as a graph or a list, the text, and the form of the step that is looked at, each following the others. */
export const Designer = memo(function Designer({ diagnostics, view, place, setPlace, openPicker }: Props) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const tree = useRef<HTMLDivElement>(null);
  const form = useRef<HTMLDivElement>(null);
  const worst = useMemo(() => worstByPath(diagnostics.diagnostics), [diagnostics.diagnostics]);

  const insert = (into: BlockRef, index: number, source: string): void => {
    void design
      .perform((outline) => ({ do: 'insert', into, index, source: withLocks(outline, into, source) }))
      .then(() => tree.current?.focus());
  };
  const keys = useStepKeys(design, {
    folded,
    fold: (path, fold) => setFolded((all) => new Set(fold ? [...all, path] : [...all].filter((one) => one !== path))),
    openPicker,
    editForm: () => form.current?.querySelector<HTMLElement>('input, textarea')?.focus(),
  });
  useKeyHints(stepKeys.map(([keys, name]) => ({ keys, label: t(`keys.${name}`) })));
  const actions = useMemo(
    () => ({
      openPicker: (into: BlockRef, index: number) =>
        into.key === 'parallel' ? insert(into, index, newBranch(`branch-${index + 1}`)) : setPlace({ into, index }),
    }),
    [design], // eslint-disable-line react-hooks/exhaustive-deps
  );

  const asList = view === 'outline';
  const steps = (
    <div className={classes.steps}>
      {!asList && (
        <Suspense fallback={<Skeleton height="100%" radius={0} />}>
          <Graph
            folded={folded}
            diagnostics={worst}
            onPointed={() => tree.current?.focus({ preventScroll: true })}
            onOpen={() => form.current?.querySelector<HTMLElement>('input, textarea')?.focus()}
          />
        </Suspense>
      )}
      <StepTree
        ref={tree}
        hidden={!asList}
        folded={folded}
        diagnostics={worst}
        onKeyDown={keys.onKeyDown}
        onPaste={keys.paste}
      />
    </div>
  );
  const text = (
    <Suspense fallback={<Skeleton height="100%" radius={0} />}>
      <Editor diagnostics={diagnostics.diagnostics} diagnosticsVersion={diagnostics.version} />
    </Suspense>
  );

  return (
    <GraphActionsContext value={actions}>
      <div className={classes.designer}>
        <div className={classes.main}>
          <Panes left={view === 'text' ? null : steps} right={view === 'graph' ? null : text} />
        </div>
        <aside className={classes.form}>
          <Inspector ref={form} diagnostics={diagnostics.diagnostics} insertAfter={openPicker} />
        </aside>
        <DiagnosticBar diagnostics={diagnostics} />
      </div>
      <Picker
        opened={place != null}
        close={(opener) => {
          setPlace(null);
          (opener ?? tree.current)?.focus();
        }}
        choose={(source) => place != null && insert(place.into, place.index, source)}
      />
    </GraphActionsContext>
  );
});

/** How many problems there are, said aloud when it changes; and all of them. */
function DiagnosticBar({ diagnostics: { diagnostics, version, checking, failed } }: { diagnostics: Diagnostics }) {
  const { t } = useTranslation('runbooks');
  const [open, setOpen] = useState(false);
  const steps = useDesignState((state) => state.outline?.steps.items.length ?? 0);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  let said: ReactNode;
  if (failed != null) said = <Text size="xs">{t('diagnostics.unchecked')}</Text>;
  // Nobody has looked at the text yet: that nothing is known of is no praise.
  else if (diagnostics.length === 0 && version < 0)
    said = (
      <Text size="xs" c="dimmed">
        {t('diagnostics.checking')}
      </Text>
    );
  else if (diagnostics.length === 0)
    said = (
      <Group gap={6} data-tone="done" className={classes.good}>
        <IconCircleCheck size={15} aria-hidden />
        {steps === 0 ? t('diagnostics.noneYet') : t('diagnostics.none')}
      </Group>
    );
  else
    said = (
      <button type="button" className={classes.counts} aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronUp size={14} aria-hidden />}
        {errors > 0 && <span data-tone="fail">{t('diagnostics.errors', { count: errors })}</span>}
        {warnings > 0 && <span data-tone="pause">{t('diagnostics.warnings', { count: warnings })}</span>}
      </button>
    );
  return (
    <div className={classes.bar}>
      {open && diagnostics.length > 0 && (
        <div className={classes.diagnostics}>
          <DiagnosticList diagnostics={diagnostics} />
        </div>
      )}
      <div className={classes.said} role="status">
        {said}
        {checking && <Loader size={12} aria-hidden />}
      </div>
    </div>
  );
}
