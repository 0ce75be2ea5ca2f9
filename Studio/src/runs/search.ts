/** The filters of the list of runs, as they stand in the address. */
export interface RunFilters {
  runbook?: string;
  status?: string[];
  open?: boolean;
  lane?: string;
  startedBy?: string;
  /** Child runs too. */
  children?: boolean;
}

/** What of a run is shown, as it stands in the address. */
export interface RunSearch {
  view?: (typeof views)[number];
  /** Path of the step whose detail is open. */
  step?: string;
  /** What the journal is filtered by. */
  find?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const flag = (value: unknown): boolean | undefined =>
  value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined;

/** Reads an address: what is unknown or empty in it is left out. */
export function readFilters(search: Record<string, unknown>): RunFilters {
  const status = (Array.isArray(search.status) ? search.status : [search.status])
    .map(text)
    .filter((word) => word != null);
  return {
    runbook: text(search.runbook),
    status: status.length > 0 ? status : undefined,
    open: flag(search.open),
    lane: text(search.lane),
    startedBy: text(search.startedBy),
    children: flag(search.children),
  };
}

/** The views of a run, in the order of their switch. */
export const views = ['graph', 'timeline', 'steps', 'journal', 'inputs'] as const;

export function readView(search: Record<string, unknown>): RunSearch {
  const view = search.view;
  return {
    view: views.find((one) => one === view),
    step: text(search.step),
    find: text(typeof search.find === 'number' ? String(search.find) : search.find),
  };
}
