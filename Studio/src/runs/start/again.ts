import type { Schema } from '../../api/client';
import { type Declared, type Draft, draftOf, readDraft, startDraft } from './fields';

/** A form that begins with the inputs of an earlier run. */
export interface Again {
  drafts: Record<string, Draft>;
  /** Inputs that the version which a start runs now has, and the run's had not. */
  added: string[];
  /** Inputs that the run's version had. */
  removed: string[];
  /** Inputs that are there in both, but no longer take the run's value. */
  changed: string[];
  /** Inputs whose values nobody is shown: they have to be typed again. */
  masked: string[];
}

export type EarlierInput = Schema<'RunInput'>;

/** What of an earlier run's inputs the version that runs now still takes. */
export function again(earlier: readonly EarlierInput[], declared: readonly Declared[], zone: string): Again {
  const before = new Map(earlier.map((one) => [one.declaration.name, one]));
  const now = new Set(declared.map((input) => input.name));
  const made: Again = {
    drafts: {},
    added: declared.filter((input) => !before.has(input.name)).map((input) => input.name),
    removed: earlier.map((one) => one.declaration.name).filter((name) => !now.has(name)),
    changed: [],
    masked: [],
  };
  for (const input of declared) {
    made.drafts[input.name] = startDraft(input, zone);
    const one = before.get(input.name);
    if (one == null) continue;
    if (one.masked) {
      // A masked default is the default: it need not be typed.
      if (!one.isDefault || input.required) {
        made.drafts[input.name] = { ...emptied(input, zone) };
        made.masked.push(input.name);
      }
      continue;
    }
    const draft = draftOf(input, one.value, zone);
    if (draft == null || readDraft(input, draft).wrong != null) made.changed.push(input.name);
    else made.drafts[input.name] = draft;
  }
  return made;
}

const emptied = (input: Declared, zone: string): Draft => startDraft({ ...input, default: undefined }, zone);
