import { Skeleton } from '@mantine/core';
import { useEffect, useState } from 'react';
import { sayProblem } from '../../ui/toasts';
import { workerPort } from '../model/remoteDraft';
import type { DesignSearch } from '../search';
import { Design } from './Design';
import { DesignWorkbench } from './DesignWorkbench';
import { dropDraft, type LocalDraft, readDraft } from './localDraft';
import { DesignContext } from './useDesign';

export interface Base {
  source: string;
  digest: string;
}

interface Props {
  /** Null: it is on no shelf yet. */
  name: string | null;
  /** Where a draft of it is kept. */
  draft: string;
  base: Base;
  search: DesignSearch;
  change: (search: DesignSearch) => void;
}

/** Takes up the draft that this browser has, or begins with the text that runs. */
export function DesignSession({ name, draft, base, search, change }: Props) {
  const [session, setSession] = useState<{ design: Design; kept: LocalDraft | null } | null>(null);
  useEffect(() => {
    const kept = readDraft(draft);
    const stale = kept != null && kept.text === normal(base.source);
    if (stale) dropDraft(draft);
    const text = stale || kept == null ? normal(base.source) : kept.text;
    const design = new Design(workerPort(), text, search.step ?? null, sayProblem);
    // The worker is this effect's: it ends with it.
    setSession({ design, kept: stale ? null : kept }); // eslint-disable-line react-hooks/set-state-in-effect
    return () => design.close();
    // What runs may change meanwhile: the text that is being edited does not change with it.
  }, [draft]); // eslint-disable-line react-hooks/exhaustive-deps
  if (session == null) return <Skeleton height="70vh" radius="md" m="md" />;
  return (
    <DesignContext value={session.design}>
      <DesignWorkbench name={name} draft={draft} loaded={base} kept={session.kept} search={search} change={change} />
    </DesignContext>
  );
}

/** An editor has line feeds only; how the file ends its lines is put back when it is sent. */
export const normal = (source: string): string => source.replaceAll('\r\n', '\n');
