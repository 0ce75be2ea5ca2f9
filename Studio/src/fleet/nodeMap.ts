import type { Schema } from '../api/client';

type NodeMap = Schema<'NodeMapResponse'>;

const ready = 1;
const schedulable = 2;

export interface NodeFilter {
  state?: string;
  zone?: string;
  down?: boolean;
}

/** A node by its place in the arrays of the map. */
export interface NodeLook {
  name: string;
  state: string | null;
  pool: string | null;
  ready: boolean;
  schedulable: boolean;
}

export interface Zone {
  /** Null: the fleet file does not place these nodes. */
  name: string | null;
  nodes: number[];
}

export function nodeAt(map: NodeMap, index: number): NodeLook {
  const flags = map.flags[index] ?? 0;
  return {
    name: map.names[index] ?? '',
    state: map.states[map.state[index] ?? -1] ?? null,
    pool: map.pools[map.pool[index] ?? -1] ?? null,
    ready: (flags & ready) !== 0,
    schedulable: (flags & schedulable) !== 0,
  };
}

/** The nodes that pass the filter by zone, and within a zone by state, so that a state stands together. Zones without any are left out. */
export function byZone(map: NodeMap, filter: NodeFilter): Zone[] {
  const zones = new Map<number, number[]>();
  for (let index = 0; index < map.names.length; index++) {
    if (filter.down === true && ((map.flags[index] ?? 0) & ready) !== 0) continue;
    if (filter.state != null && map.states[map.state[index] ?? -1] !== filter.state) continue;
    const zone = map.zone[index] ?? -1;
    if (filter.zone != null && map.zones[zone] !== filter.zone) continue;
    const own = zones.get(zone);
    if (own == null) zones.set(zone, [index]);
    else own.push(index);
  }
  const order = (index: number) => map.state[index] ?? -1;
  return [...zones]
    .sort(([a], [b]) => (a < 0 ? 1 : b < 0 ? -1 : a - b))
    .map(([zone, nodes]) => ({
      name: map.zones[zone] ?? null,
      nodes: nodes.sort((a, b) => order(a) - order(b) || a - b),
    }));
}

/** How many nodes of each zone are in each state, and how many are not ready: the map in words. States without a node are left out. */
export function tally(map: NodeMap, zones: readonly Zone[]) {
  const states = map.states.map((_, index) => index).filter((state) => map.state.includes(state));
  const unlabelled = map.state.includes(-1);
  return {
    states: [...states.map((index) => map.states[index] as string), ...(unlabelled ? [null] : [])],
    rows: zones.map((zone) => ({
      zone: zone.name,
      all: zone.nodes.length,
      counts: [...states, ...(unlabelled ? [-1] : [])].map(
        (state) => zone.nodes.filter((index) => (map.state[index] ?? -1) === state).length,
      ),
      down: zone.nodes.filter((index) => ((map.flags[index] ?? 0) & ready) === 0).length,
    })),
  };
}
