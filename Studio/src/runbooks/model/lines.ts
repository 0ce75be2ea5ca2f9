/** Lines of a text, by offset. */

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** The end of the line, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' && end > offset ? end - 1 : end;
}

/** The beginning of the next line, or null at the last. */
export function nextLine(text: string, offset: number): number | null {
  const end = text.indexOf('\n', offset);
  return end < 0 ? null : end + 1;
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

export type LineKind = 'blank' | 'comment' | 'content';

export function lineAt(text: string, start: number): { kind: LineKind; indent: number } {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at++;
  const first = text[at];
  const kind = first == null || first === '\n' || first === '\r' ? 'blank' : first === '#' ? 'comment' : 'content';
  return { kind, indent: at - start };
}

/** Moves every line that is not empty to the right, or left as far as it goes. */
export function indentLines(source: string, by: number): string {
  if (by === 0) return source;
  return source
    .split('\n')
    .map((line) => {
      if (line.trim() === '') return line;
      if (by > 0) return ' '.repeat(by) + line;
      const spaces = line.length - line.trimStart().length;
      return line.slice(Math.min(spaces, -by));
    })
    .join('\n');
}

/** The end of what stands from an offset on: the rest of its line, and the comments after it that stand deeper than a column. */
export function endWithComments(text: string, contentEnd: number, column: number): number {
  let end = lineEnd(text, contentEnd);
  for (let at = nextLine(text, end); at != null; at = nextLine(text, at)) {
    const line = lineAt(text, at);
    if (line.kind === 'blank') {
      if (at >= text.length) break;
      continue;
    }
    if (line.kind === 'content' || line.indent <= column) break;
    end = lineEnd(text, at);
  }
  return end;
}

/** The beginning of the comment lines right above a line, or of the line itself; never before a floor. */
export function startWithComments(text: string, start: number, floor: number): number {
  let from = start;
  while (from > 0) {
    const above = lineStart(text, from - 1);
    if (above < floor || lineAt(text, above).kind !== 'comment') break;
    from = above;
  }
  return from;
}
