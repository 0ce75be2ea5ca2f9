import type { Schema } from '../api/client';

type Cell = Schema<'HeatCell'>;
type Heat = Schema<'HeatMapResponse'>;

/** How bad a cell is: nothing, few or many checks, so that the eye finds the worst; the figure stands in the cell. */
export function heatOf(cell: Cell, worst: number): 0 | 1 | 2 | 3 {
  const count = cell.failed + cell.unanswered;
  if (count === 0 || worst <= 0) return 0;
  return count >= worst * 0.67 ? 3 : count >= worst * 0.34 ? 2 : 1;
}

/** The worst cell's count. */
export function worstOf(heat: Heat): number {
  return Math.max(
    0,
    ...heat.places.flatMap((place) =>
      place.rows.flatMap((row) => row.cells.map((cell) => cell.failed + cell.unanswered)),
    ),
  );
}

/** Checks that did not pass in a whole place, column by column: what is wrong with the place, not with one unit. */
export function ofPlace(place: Schema<'HeatPlace'>, checks: number): Cell[] {
  return Array.from({ length: checks }, (_, column) => ({
    failed: place.rows.reduce((sum, row) => sum + (row.cells[column]?.failed ?? 0), 0),
    unanswered: place.rows.reduce((sum, row) => sum + (row.cells[column]?.unanswered ?? 0), 0),
  }));
}
