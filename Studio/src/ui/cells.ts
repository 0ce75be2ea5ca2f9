/** Between two cells. */
const gap = 2;

/** Squares in rows, as many in a row as there is room for. All lengths are CSS pixels. */
export class Cells {
  readonly columns: number;
  readonly height: number;

  constructor(
    readonly count: number,
    /** The length of a cell's side. */
    readonly size: number,
    /** What a row has room in; a column is there even in none. */
    readonly width: number,
  ) {
    this.columns = Math.max(1, Math.floor((width + gap) / (size + gap)));
    this.height = Math.ceil(count / this.columns) * (size + gap);
  }

  /** The upper left corner of a cell. */
  cornerOf(position: number): { x: number; y: number } {
    return {
      x: (position % this.columns) * (this.size + gap),
      y: Math.floor(position / this.columns) * (this.size + gap),
    };
  }

  /** The cell at a point; null: there is none. */
  at(x: number, y: number): number | null {
    const column = Math.floor(x / (this.size + gap));
    const position = Math.floor(y / (this.size + gap)) * this.columns + column;
    return column >= 0 && column < this.columns && position >= 0 && position < this.count ? position : null;
  }

  /** Where a key leads from a cell, at most to the first or the last; null: nowhere, it has another meaning. */
  after(key: string, position: number): number | null {
    const step = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.columns,
      ArrowUp: -this.columns,
      Home: -this.count,
      End: this.count,
    }[key];
    return step == null ? null : Math.max(0, Math.min(this.count - 1, position + step));
  }
}
