import { createContext, use } from 'react';
import type { ScopePart } from '../expressions/scope';
import type { Path } from '../model/edits';
import { useDesign } from '../design/useDesign';

/** Which step a form is of; the empty path: the runbook's own keys. */
export interface FormStep {
  path: string;
  part: ScopePart;
}

export const FormContext = createContext<FormStep>({ path: '', part: 'step' });

export const useFormStep = (): FormStep => use(FormContext);

/** How fields change the step that the form is of. */
export function useChange(): {
  set: (field: Path, value: unknown) => void;
  unset: (field: Path) => void;
  add: (field: Path, index: number, value: unknown) => void;
  rename: (field: Path, name: string) => void;
} {
  const design = useDesign();
  const { path } = useFormStep();
  return {
    set: (field, value) => void design.perform({ do: 'set', path, field, value }),
    unset: (field) => void design.perform({ do: 'unset', path, field }),
    add: (field, index, value) => void design.perform({ do: 'add', path, field, index, value }),
    rename: (field, name) => void design.perform({ do: 'rename', path, field, name }),
  };
}
