import { useEffect, useState } from 'react';
import { api, take } from '../../api/client';
import { Problem } from '../../api/problem';
import { useDesign } from '../design/useDesign';
import { place, type PlacedDiagnostic, placeSyntax } from './placed';

const pause = 350;

export interface Diagnostics {
  diagnostics: readonly PlacedDiagnostic[];
  /** The text's version that they are of; an older one while the server is asked. */
  version: number;
  checking: boolean;
  /** The server could not be asked. */
  failed: Problem | null;
}

/**
 * What the server says is wrong with the text, a moment after it was typed; what is no YAML is known at once. Draws
 * again when there is something new to say, not at every keystroke.
 */
export function useDiagnostics(name: string): Diagnostics {
  const design = useDesign();
  const [said, setSaid] = useState<Diagnostics>({ diagnostics: [], version: -1, checking: true, failed: null });

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking: AbortController | undefined;
    let seen = '';

    const ask = (): void => {
      const { version, outline } = design.snapshot();
      const source = design.text;
      const { signal } = (asking = new AbortController());
      take(api.POST('/api/runbooks/validate', { body: { source, file: `${name}.yaml` }, signal })).then(
        ({ diagnostics }) => {
          const placed = place(source, design.outlineIsCurrent ? outline : null, diagnostics);
          setSaid({ diagnostics: placed, version, checking: false, failed: null });
        },
        (error: unknown) => {
          if (signal.aborted) return;
          setSaid((before) => ({
            ...before,
            checking: false,
            failed: error instanceof Problem ? error : Problem.unreachable(),
          }));
        },
      );
    };
    const look = (): void => {
      const { version, outlineVersion, syntax } = design.snapshot();
      // Asked again when the outline has come, which says in which step a problem is.
      const now = `${version} ${outlineVersion === version} ${syntax.length}`;
      if (now === seen) return;
      seen = now;
      clearTimeout(timer);
      asking?.abort();
      timer = setTimeout(ask, pause);
      if (syntax.length > 0)
        setSaid({ diagnostics: placeSyntax(design.text, syntax), version, checking: true, failed: null });
      else setSaid((before) => (before.checking ? before : { ...before, checking: true }));
    };
    const stop = design.subscribe(look);
    look();
    return () => {
      stop();
      clearTimeout(timer);
      asking?.abort();
    };
  }, [design, name]);

  return said;
}
