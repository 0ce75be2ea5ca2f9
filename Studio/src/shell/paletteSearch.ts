import { IconActivity, IconPlayerPlay } from '@tabler/icons-react';
import type { NavigateOptions } from '@tanstack/react-router';
import { api, take } from '../api/client';
import i18n from '../i18n/i18n';
import type { PaletteItem } from '../ui/palette';

/** Runs and runbooks that fit what was typed. */
export async function searchServer(
  typed: string,
  signal: AbortSignal,
  go: (to: NavigateOptions) => void,
): Promise<PaletteItem[]> {
  const word = typed.toLowerCase();
  const [runbooks, runs] = await Promise.all([
    take(api.GET('/api/runbooks', { params: { query: { limit: 500 } }, signal })),
    take(api.GET('/api/runs', { params: { query: { limit: 200, rootsOnly: true } }, signal })),
  ]);
  return [
    ...runs.items
      .filter((run) => run.id.startsWith(word) || run.runbook.includes(word))
      .slice(0, 8)
      .map((run): PaletteItem => ({
        id: `run ${run.id}`,
        group: i18n.t('nav.runs'),
        title: run.runbook,
        hint: `${run.id.slice(0, 8)} · ${run.startedBy}`,
        icon: IconActivity,
        run: () => go({ to: '/runs/$id', params: { id: run.id } }),
      })),
    ...runbooks.items
      .filter((runbook) => runbook.name.includes(word))
      .slice(0, 8)
      .map((runbook): PaletteItem => ({
        id: `runs of ${runbook.name}`,
        group: i18n.t('nav.runbooks'),
        title: runbook.name,
        hint: runbook.description ?? undefined,
        icon: IconPlayerPlay,
        run: () => go({ to: '/runs', search: { runbook: runbook.name } }),
      })),
  ];
}
