import { Tag } from '../Tag';
import { Alert, Button, Group } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKey } from '../../ui/keys';
import { Moment } from '../../ui/Moment';
import { Page } from '../../ui/Page';
import { StartDialog } from '../../runs/StartDialog';
import '../../runs/texts';
import type { BlockRef } from '../model/outline';
import { currentVersionQuery } from '../queries';
import { PlanDrawer } from '../plan/PlanDrawer';
import { useDiagnostics } from '../diagnostics/useDiagnostics';
import type { DesignSearch } from '../search';
import { Outrun } from '../versions/Outrun';
import { PublishDialog } from '../versions/PublishDialog';
import { useNewer } from '../versions/useNewer';
import { Designer } from './Designer';
import { type Base, normal } from './DesignSession';
import { dropDraft, keepDraft, type LocalDraft } from './localDraft';
import { placeAfter } from './stepKeys';
import { Toolbar, ViewSwitch } from './Toolbar';
import { useDesign, useDesignState } from './useDesign';

interface Props {
  name: string | null;
  /** Where a draft of it is kept. */
  draft: string;
  /** The text that runs today, as it was when the page was opened. */
  loaded: Base;
  /** What this browser had kept of an earlier visit. */
  kept: LocalDraft | null;
  search: DesignSearch;
  change: (search: DesignSearch) => void;
}

/** The page around a runbook's design: what can be done with it, and what of it is not published yet. */
export function DesignWorkbench({ name, draft, loaded, kept, search, change }: Props) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  const [base, setBase] = useState(loaded);
  const [basedOn, setBasedOn] = useState(kept != null ? kept.basedOn : loaded.digest === '' ? null : loaded.digest);
  const [restored, setRestored] = useState(kept);
  const [dialog, setDialog] = useState<'plan' | 'publish' | 'run' | 'outrun' | null>(null);
  const [place, setPlace] = useState<{ into: BlockRef; index: number } | null>(null);
  const lineBreak = loaded.source.includes('\r\n') ? '\r\n' : '\n';
  const header = useDesignState((state) => state.outline?.header);
  const given = typeof header?.runbook === 'string' ? header.runbook : (name ?? '');
  const diagnostics = useDiagnostics(given === '' ? 'runbook' : given);
  const changed = useChanged(normal(base.source), name === null);
  const newer = useNewer(name, basedOn);
  const rebase = ({ digest, source }: Base): void => {
    setBase({ digest, source });
    setBasedOn(digest);
  };
  const client = useQueryClient();
  useKept(draft, basedOn, normal(base.source));
  useStepInAddress((step) => change({ step }));
  const insert = useCallback(
    () => void design.whenRead().then((outline) => setPlace(placeAfter(outline, design.snapshot().selected))),
    [design],
  );
  useKey('mod+s', t('design.publish'), () => setDialog('publish'));
  useKey('mod+z', t('design.undo'), () => design.undo());
  useKey('/', t('design.insert'), insert);

  const discard = (): void => {
    design.replaceText(normal(base.source));
    dropDraft(draft);
    setRestored(null);
    // What there was to be kept is gone, and with it what it was made from.
    if (base.digest !== '') setBasedOn(base.digest);
  };
  return (
    <Page
      fill
      title={name ?? t('design.new')}
      mark={changed ? <Tag tone="pause">{t('design.unpublished')}</Tag> : null}
      actions={<Toolbar name={name} changed={changed} open={setDialog} insert={insert} />}
    >
      {restored != null && changed && (
        <Alert
          color="blue"
          variant="light"
          p="xs"
          icon={<IconHistory aria-hidden />}
          withCloseButton
          closeButtonLabel={t('design.keep')}
          onClose={() => setRestored(null)}
        >
          <Group gap="sm">
            <span>
              {t('design.restored')} <Moment at={restored.at} as="full" />
            </span>
            <Button size="compact-xs" variant="default" onClick={discard}>
              {t('design.discard')}
            </Button>
          </Group>
        </Alert>
      )}
      {newer != null && name != null && (
        <Outrun
          name={name}
          newer={newer}
          basedOn={basedOn}
          lineBreak={lineBreak}
          changed={changed}
          opened={dialog === 'outrun'}
          open={(next) => setDialog(next ? 'outrun' : null)}
          rebased={rebase}
        />
      )}
      <ViewSwitch view={search.view} change={(view) => change({ view })} />
      <Designer diagnostics={diagnostics} view={search.view} place={place} setPlace={setPlace} openPicker={insert} />
      <PlanDrawer opened={dialog === 'plan'} close={() => setDialog(null)} name={given} />
      <PublishDialog
        opened={dialog === 'publish'}
        close={() => setDialog(null)}
        name={given}
        routeName={name}
        basedOn={given === name ? basedOn : null}
        lineBreak={lineBreak}
        errors={diagnostics.diagnostics.filter(({ severity }) => severity === 'error').length}
        look={() => setDialog('outrun')}
        handOver={discard}
        onPublished={(version, source) => {
          dropDraft(draft);
          // What this page has published is nothing newer to it.
          client.setQueryData(currentVersionQuery(given).queryKey, {
            name: given,
            digest: version.digest,
            source,
            version,
          });
          rebase({ digest: version.digest, source });
          setRestored(null);
        }}
      />
      <StartDialog opened={dialog === 'run'} close={() => setDialog(null)} runbook={name ?? undefined} />
    </Page>
  );
}

/** Whether the text is another than the one that runs. */
function useChanged(base: string, isNew: boolean): boolean {
  const design = useDesign();
  return useDesignState(() => design.text !== base || (isNew && base.trim() !== ''));
}

/** Keeps what was changed in this browser, a moment after it was typed and when the page is left; what is the base's own text is no draft. */
function useKept(key: string, basedOn: string | null, base: string): void {
  const design = useDesign();
  const keep = useEffectEvent(() => {
    if (design.text !== base) keepDraft(key, { text: design.text, basedOn, at: Date.now() });
    else dropDraft(key);
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let { version } = design.snapshot();
    const stop = design.subscribe(() => {
      if (design.snapshot().version === version) return;
      ({ version } = design.snapshot());
      clearTimeout(timer);
      timer = setTimeout(() => keep(), 400);
    });
    const leave = (): void => keep();
    window.addEventListener('pagehide', leave);
    return () => {
      stop();
      clearTimeout(timer);
      keep(); // another page of the console: what was typed just now is a draft too
      window.removeEventListener('pagehide', leave);
    };
  }, [design]);
  // What was published is no draft any more, and what was taken up is one; a draft says what it goes on from.
  useEffect(() => keep(), [base, basedOn]);
}

/** The step that is looked at stands in the address, so that a link shows it. */
function useStepInAddress(change: (step: string | undefined) => void): void {
  const selected = useDesignState((state) => state.selected);
  const there = useDesignState((state) => state.outline != null);
  const write = useEffectEvent(change);
  useEffect(() => {
    if (!there) return undefined;
    const timer = setTimeout(() => write(selected ?? undefined), 300);
    return () => clearTimeout(timer);
  }, [selected, there]);
}
