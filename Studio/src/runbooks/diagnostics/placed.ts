import type { DiagnosticLine } from '../../api/problem';
import type { Severity } from '../graph/boxes';
import { type Change, itemAt, type Outline, type SyntaxDiagnostic } from '../model/outline';

export interface Fix {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  text: string;
}

/** Something wrong at a place of the text. */
export interface PlacedDiagnostic {
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
  /** The change of the text that fixes it. */
  fix: Change | null;
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
  lines: readonly (DiagnosticLine & { fix?: Fix | null })[],
): PlacedDiagnostic[] {
  const starts = linesOf(text);
  const offset = (line: number, column: number): number =>
    Math.min(text.length, (starts[line - 1] ?? text.length) + column - 1);
  return lines.map(({ line, column, severity, code, message, fix }, index) => {
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
      fix:
        fix == null
          ? null
          : { from: offset(fix.line, fix.column), to: offset(fix.endLine, fix.endColumn), insert: fix.text },
    };
  });
}

/** Why a text is no YAML: known at once, before the server says it better. */
export function placeSyntax(text: string, diagnostics: readonly SyntaxDiagnostic[]): PlacedDiagnostic[] {
  const starts = linesOf(text);
  return diagnostics.map(({ message, from, to }, index) => {
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
      fix: null,
    };
  });
}

/** The worst of each step. */
export function worstByPath(diagnostics: readonly PlacedDiagnostic[]): Map<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const { path, severity } of diagnostics) {
    if (path != null && worst.get(path) !== 'error') worst.set(path, severity);
  }
  return worst;
}
