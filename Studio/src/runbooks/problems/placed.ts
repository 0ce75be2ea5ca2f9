import type { ProblemLine } from '../../api/problem';
import type { Severity } from '../graph/boxes';
import { type Change, itemAt, type Outline, type SyntaxProblem } from '../model/outline';

export interface Mend {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  text: string;
}

/** Something wrong at a place of the text. */
export interface PlacedProblem {
  key: string;
  severity: Severity;
  code: string;
  message: string;
  from: number;
  to: number;
  line: number;
  column: number;
  /** The step in which it is; null: at the top, or nobody knows. */
  path: string | null;
  /** The change of the text that mends it. */
  mend: Change | null;
}

/** Where lines begin. */
function linesOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** What the server says of a text, at the places that it means. */
export function place(
  text: string,
  outline: Outline | null,
  lines: readonly (ProblemLine & { mend?: Mend | null })[],
): PlacedProblem[] {
  const starts = linesOf(text);
  const offset = (line: number, column: number): number =>
    Math.min(text.length, (starts[line - 1] ?? text.length) + column - 1);
  return lines.map(({ line, column, severity, code, message, mend }, index) => {
    const from = offset(line, column);
    const rest = /^(?:"[^"\n]*"|'[^'\n]*'|[^\s,\]}:]+)/.exec(text.slice(from, from + 200))?.[0].length ?? 1;
    return {
      key: `${index} ${line}:${column} ${code}`,
      severity: severity === 'warning' ? 'warning' : 'error',
      code,
      message,
      from,
      to: Math.min(text.length, from + rest),
      line,
      column,
      path: outline == null ? null : (itemAt(outline, from)?.path ?? null),
      mend:
        mend == null
          ? null
          : { from: offset(mend.line, mend.column), to: offset(mend.endLine, mend.endColumn), insert: mend.text },
    };
  });
}

/** Why a text is no YAML: known at once, before the server says it better. */
export function placeSyntax(text: string, problems: readonly SyntaxProblem[]): PlacedProblem[] {
  const starts = linesOf(text);
  return problems.map(({ message, from, to }, index) => {
    const line = starts.findLastIndex((start) => start <= from) + 1;
    return {
      key: `${index} syntax`,
      severity: 'error',
      code: 'YAML',
      message,
      from,
      to,
      line,
      column: from - (starts[line - 1] ?? 0) + 1,
      path: null,
      mend: null,
    };
  });
}

/** The worst of each step. */
export function worstByPath(problems: readonly PlacedProblem[]): Map<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const { path, severity } of problems) {
    if (path != null && worst.get(path) !== 'error') worst.set(path, severity);
  }
  return worst;
}
