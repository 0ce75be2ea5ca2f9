import { useEffect, useMemo, useState } from 'react';
import { api, take } from '../../api/client';
import { Problem } from '../../api/problem';
import { useDesign, useDesignState } from '../design/useDesign';
import { place, type PlacedProblem, placeSyntax } from './placed';

const pause = 350;

interface Checked {
  version: number;
  problems: PlacedProblem[];
}

export interface Problems {
  problems: readonly PlacedProblem[];
  /** The text's version that they are of; an older one while the server is asked. */
  version: number;
  checking: boolean;
  /** The server could not be asked. */
  failed: Problem | null;
}

/** What the server says is wrong with the text, a moment after it was typed; what is no YAML is known at once. */
export function useProblems(name: string): Problems {
  const design = useDesign();
  const version = useDesignState((state) => state.version);
  const outlineVersion = useDesignState((state) => state.outlineVersion);
  const syntax = useDesignState((state) => state.syntax);
  const [checked, setChecked] = useState<Checked>({ version: -1, problems: [] });
  const [failed, setFailed] = useState<Problem | null>(null);
  const readable = outlineVersion === version;

  useEffect(() => {
    const asking = new AbortController();
    const timer = setTimeout(() => {
      const source = design.text;
      take(api.POST('/api/runbooks/validate', { body: { source, file: `${name}.yaml` }, signal: asking.signal })).then(
        ({ problems }) => {
          const { outline } = design.snapshot();
          setFailed(null);
          setChecked({ version, problems: place(source, design.outlineIsCurrent ? outline : null, problems) });
        },
        (error: unknown) => {
          if (!asking.signal.aborted) setFailed(error instanceof Problem ? error : Problem.unreachable());
        },
      );
    }, pause);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
    // Asked again when the outline has come, which says in which step a problem is.
  }, [design, name, version, readable]);

  const broken = useMemo(() => placeSyntax(design.text, syntax), [design, syntax]);
  const current = checked.version === version;
  return {
    problems: !current && broken.length > 0 ? broken : checked.problems,
    version: !current && broken.length > 0 ? version : checked.version,
    checking: !current && failed == null,
    failed,
  };
}
