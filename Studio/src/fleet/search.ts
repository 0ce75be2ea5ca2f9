/** What of the fleet is shown, as it stands in the address. */
export interface FleetSearch {
  view?: FleetView;
  cluster?: string;
  /** Of the nodes: their co-location state, their zone, and whether only those that are not ready. */
  state?: string;
  zone?: string;
  down?: boolean;
  unit?: string;
  /** The ledger of one run's tree. */
  run?: string;
}

export const views = ['clusters', 'nodes', 'ledger', 'units'] as const;
export type FleetView = (typeof views)[number];

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Reads an address: what is unknown or empty in it is left out. */
export function readFleet(search: Record<string, unknown>): FleetSearch {
  return {
    view: views.find((view) => view === search.view),
    cluster: text(search.cluster),
    state: text(search.state),
    zone: text(search.zone),
    down: search.down === true || search.down === 'true' ? true : undefined,
    unit: text(search.unit),
    run: text(search.run),
  };
}
