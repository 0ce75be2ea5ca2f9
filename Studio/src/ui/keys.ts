import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';

/** One shortcut that is active now. */
export interface Binding {
  /** As in `j`, `?`, `g r` (one after the other), `mod+k`. */
  keys: string;
  /** What it does, in the reader's language. */
  label: string;
  scope: 'everywhere' | 'here';
  /** Only told here: the part of the page that has the focus takes it. */
  hint?: true;
}

const bindings = new Map<symbol, Binding & { run: () => void }>();
const listeners = new Set<() => void>();
let list: Binding[] = [];
let prefix = '';
let prefixTimer: ReturnType<typeof setTimeout> | undefined;

/** Makes a shortcut active while the component is there. The one that came last wins. Null keys: none. */
export function useKey(keys: string | null, label: string, run: () => void, scope: Binding['scope'] = 'here'): void {
  const latest = useEffectEvent(run);
  useEffect(() => {
    if (keys == null) return undefined;
    const id = Symbol(keys);
    bindings.set(id, { keys, label, scope, run: () => latest() });
    changed();
    return () => {
      bindings.delete(id);
      changed();
    };
  }, [keys, label, scope]);
}

/** Tells of keys that a part of the page takes by itself while it has the focus. */
export function useKeyHints(hints: readonly { keys: string; label: string }[]): void {
  const told = hints.map(({ keys, label }) => `${keys}\n${label}`).join('\t');
  useEffect(() => {
    const ids = told.split('\t').map((line) => {
      const [keys = '', label = ''] = line.split('\n');
      const id = Symbol(keys);
      bindings.set(id, { keys, label, scope: 'here', hint: true, run: () => undefined });
      return id;
    });
    changed();
    return () => {
      for (const id of ids) bindings.delete(id);
      changed();
    };
  }, [told]);
}

/** Every active shortcut, for the help. */
export function useBindings(): Binding[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => list,
  );
}

function changed(): void {
  list = [...bindings.values()];
  for (const listener of listeners) listener();
}

function find(keys: string): (() => void) | undefined {
  return [...bindings.values()].findLast((binding) => binding.keys === keys && binding.hint == null)?.run;
}

/** Keys that go into a field, a menu or a dialog belong to it. */
function belongsElsewhere(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return (
    target.isContentEditable ||
    target.closest('input, textarea, select, [role="dialog"], [role="menu"], [role="listbox"]') != null ||
    // What takes its own keys has none for the help, which lists them.
    (event.key !== '?' && target.closest('[data-own-keys]') != null)
  );
}

window.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey) return;
  const modified = event.ctrlKey || event.metaKey;
  if (!modified && belongsElsewhere(event)) return;
  const key = `${modified ? 'mod+' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
  const run = (prefix && find(`${prefix} ${key}`)) || find(key);
  clearTimeout(prefixTimer);
  prefix = '';
  if (run) {
    event.preventDefault();
    run();
  } else if ([...bindings.values()].some((binding) => binding.hint == null && binding.keys.startsWith(`${key} `))) {
    prefix = key;
    prefixTimer = setTimeout(() => (prefix = ''), 1_200);
  }
});
