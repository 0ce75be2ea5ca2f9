/** Which inspections are shown, as it stands in the address. */
export interface InspectionSearch {
  unit?: string;
  place?: string;
  passed?: boolean;
  /** The inspection whose findings are open. */
  open?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Reads an address: what is unknown or empty in it is left out. */
export function readInspections(search: Record<string, unknown>): InspectionSearch {
  const passed = search.passed;
  return {
    unit: text(search.unit),
    place: text(search.place),
    passed: passed === true || passed === 'true' ? true : passed === false || passed === 'false' ? false : undefined,
    open: text(search.open),
  };
}
