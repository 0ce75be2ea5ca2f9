/** Problem details, RFC 9457, as the server sends them. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  diagnostics?: DiagnosticLine[];
}

/** Something wrong in a file; line and column count from 1. */
export interface DiagnosticLine {
  file: string;
  line: number;
  column: number;
  severity: string;
  code: string;
  message: string;
  /** The input of a run that this is about. */
  input?: string | null;
}

/** What the server refused, or that it could not be reached, with a stable code to choose a fix by. */
export class Problem extends Error {
  private constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly diagnostics: DiagnosticLine[] = [],
  ) {
    super(message);
  }

  static of(status: number, body: ProblemBody | undefined): Problem {
    return body?.type == null
      ? new Problem('http-error', status, `HTTP ${status}`)
      : new Problem(body.type.replace('urn:orchestrator:problem:', ''), status, body.detail, body.diagnostics);
  }

  static unreachable(): Problem {
    return new Problem('unreachable', 0, '');
  }

  /** The same with only these of its diagnostics. */
  with(diagnostics: DiagnosticLine[]): Problem {
    return new Problem(this.code, this.status, this.message, diagnostics);
  }

  /** True when asking again may help without anybody doing anything. */
  get passes(): boolean {
    return this.code === 'unreachable' || this.status >= 500;
  }
}
