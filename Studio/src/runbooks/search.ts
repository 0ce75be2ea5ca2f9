const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What of the list of runbooks is shown, as it stands in the address. */
export interface ListSearch {
  /** Words that a name or description has. */
  find?: string;
}

/** What of a runbook's design is shown. */
export interface DesignSearch {
  /** The step that is looked at. */
  step?: string;
  /** Absent: graph and text beside each other. */
  view?: 'graph' | 'text' | 'outline';
}

/** Which versions are compared: digests, `current` or `file`. */
export interface VersionsSearch {
  from?: string;
  to?: string;
}

/** A new runbook: empty, or from a copy of another. */
export interface NewSearch {
  copyOf?: string;
  view?: DesignSearch['view'];
}

const viewOf = (value: unknown): DesignSearch['view'] =>
  value === 'graph' || value === 'text' || value === 'outline' ? value : undefined;

export const readList = (search: Record<string, unknown>): ListSearch => ({ find: text(search.find) });
export const readDesign = (search: Record<string, unknown>): DesignSearch => ({
  step: text(search.step),
  view: viewOf(search.view),
});
export const readVersions = (search: Record<string, unknown>): VersionsSearch => ({
  from: text(search.from),
  to: text(search.to),
});
export const readNew = (search: Record<string, unknown>): NewSearch => ({
  copyOf: text(search.copyOf),
  view: viewOf(search.view),
});
