/** A line of a plan, as far as a decision needs it. */
export interface PlannedStep {
  path: string;
  title: string;
  activity: string;
  /** What it acts on, as in `hz-batch-a → peak-degrade`; empty when the plan does not say. */
  target: string;
  irreversible: boolean;
  undo: boolean;
  skipped: boolean;
}

interface PlanLine {
  path: string;
  kind: string;
  title?: string | null;
  activity?: string | null;
  effect?: string | null;
  arguments?: Record<string, unknown> | null;
  undo?: string | null;
  irreversible: boolean;
  skipped: boolean;
}

/** The lines that act, of a plan as the API has it. */
export function planLines(touches: unknown): PlannedStep[] {
  const lines = Array.isArray(touches) ? (touches as PlanLine[]) : [];
  const titles = new Map(lines.map((line) => [line.path, line.title]));
  return lines
    .filter((line) => line.kind === 'run' || line.kind === 'runbook')
    .map((line) => ({
      path: line.path,
      title: line.title ?? titleAbove(line.path, titles) ?? line.path.slice(line.path.lastIndexOf('/') + 1),
      activity: line.activity ?? line.kind,
      target: targetOf(line.arguments ?? {}),
      irreversible: line.irreversible,
      undo: line.undo != null,
      skipped: line.skipped,
    }));
}

function titleAbove(path: string, titles: Map<string, string | null | undefined>): string | null {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return null;
  const parent = path.slice(0, slash);
  return titles.get(parent) ?? titleAbove(parent, titles);
}

function targetOf(given: Record<string, unknown>): string {
  const subject = given.cluster ?? given.unit;
  const known = typeof subject === 'string' && !subject.includes('${') ? subject : '';
  const to =
    typeof given.to === 'string' ? `→ ${given.to}` : given.weights == null ? '' : JSON.stringify(given.weights);
  return [known, to].filter(Boolean).join(' ');
}
