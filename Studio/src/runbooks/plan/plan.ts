import { api, take } from '../../api/client';
import type { DiagnosticLine } from '../../api/problem';
import type { Outline } from '../model/outline';
import { itemsOf } from '../model/outline';

export interface PlanLine {
  depth: number;
  path: string;
  kind: string;
  title?: string;
  activity?: string;
  effect?: string;
  arguments?: unknown;
  undo?: string;
  irreversible: boolean;
  skipped: boolean;
  when?: string;
  detail?: string;
  locks: string[];
  roles: string[];
  quorum?: number;
}

/** What a run would touch, in order. */
export interface Plan {
  lane: string;
  onFailure: string;
  preauthorised?: string;
  locks: string[];
  lines: PlanLine[];
  irreversible: string[];
  diagnostics: DiagnosticLine[];
}

export async function planOf(
  source: string,
  file: string,
  inputs: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Plan> {
  const plan: unknown = await take(api.POST('/api/runbooks/plan', { body: { source, file, inputs }, signal }));
  return plan as Plan;
}

/** The step of an outline that a line of a plan is of: what is an iteration's key there is `*` here. */
export function stepOfLine(outline: Outline, path: string): string | null {
  const parts = path.split('/');
  for (const item of itemsOf(outline.steps)) {
    const own = item.path.split('/');
    if (own.length === parts.length && own.every((part, index) => part === '*' || part === parts[index]))
      return item.path;
  }
  return null;
}
