/** What of the schedule is shown, as it stands in the address. */
export interface ScheduleSearch {
  view?: 'week' | 'month';
  /** A day within the stretch that is shown, as in 2026-11-10; left out: the night's today. */
  day?: string;
  runbook?: string;
  /** Only fires that came, or will come, to this. */
  outcome?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Reads an address: what is unknown, empty or no day is left out. */
export function readSchedule(search: Record<string, unknown>): ScheduleSearch {
  const day = text(search.day);
  return {
    view: search.view === 'week' || search.view === 'month' ? search.view : undefined,
    day: day != null && /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : undefined,
    runbook: text(search.runbook),
    outcome: text(search.outcome),
  };
}
