/** A text that was not published yet, kept in this browser so that a closed page loses nothing. */
export interface LocalDraft {
  text: string;
  /** Digest of the version that it was made from; null: it is a new runbook. */
  basedOn: string | null;
  /** Wall time in ms. */
  at: number;
}

const key = (name: string): string => `orchestrator.draft.${name}`;

export function readDraft(name: string): LocalDraft | null {
  try {
    const stored = JSON.parse(localStorage.getItem(key(name)) ?? 'null') as Partial<LocalDraft> | null;
    return typeof stored?.text === 'string' && typeof stored.at === 'number'
      ? { text: stored.text, basedOn: stored.basedOn ?? null, at: stored.at }
      : null;
  } catch {
    return null;
  }
}

/** False: the browser keeps nothing more, and the page has to say so. */
export function keepDraft(name: string, draft: LocalDraft): boolean {
  try {
    localStorage.setItem(key(name), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function dropDraft(name: string): void {
  localStorage.removeItem(key(name));
}

/** Names of runbooks with a draft in this browser. */
export function draftNames(): string[] {
  return Object.keys(localStorage)
    .filter((one) => one.startsWith(key('')))
    .map((one) => one.slice(key('').length));
}
