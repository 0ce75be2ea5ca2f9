import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let open = false;

/** Opens the dialog in which people say who they are, from anywhere. */
export const openSignIn = (): void => set(true);
export const closeSignIn = (): void => set(false);

export function useSignInOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}

function set(next: boolean): void {
  open = next;
  for (const listener of listeners) listener();
}
