import { useSyncExternalStore } from 'react';

/**
 * Who acts: the one seam where single sign-on will come in. Until then a name and roles are claimed, the server takes
 * them on its loopback address only, and every place that shows them says so.
 */
export interface Identity {
  name: string;
  roles: string[];
}

const key = 'orchestrator.identity';
const listeners = new Set<() => void>();

/** Roles that the runbooks which ship ask approvals of. */
export const knownRoles = ['commander', 'sre-lead', 'engineer', 'auditor'];

/** Names and roles travel in a request header, which takes these characters only. */
export const nameShape = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

let current = read();

export function useIdentity(): Identity | null {
  return useSyncExternalStore(subscribe, () => current);
}

export function identity(): Identity | null {
  return current;
}

/** Value of the header X-Orchestrator-User; null while nobody has signed in. */
export function identityHeader(): string | null {
  if (current == null) return null;
  return current.roles.length === 0 ? current.name : `${current.name}:${current.roles.join(',')}`;
}

export function signIn(next: Identity): void {
  localStorage.setItem(key, JSON.stringify(next));
  change(next);
}

export function signOut(): void {
  localStorage.removeItem(key);
  change(null);
}

function change(next: Identity | null): void {
  current = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): Identity | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return isIdentity(stored) ? stored : null;
  } catch {
    return null;
  }
}

function isIdentity(value: unknown): value is Identity {
  const candidate = value as Partial<Identity> | null;
  return (
    typeof candidate?.name === 'string' &&
    nameShape.test(candidate.name) &&
    Array.isArray(candidate.roles) &&
    candidate.roles.every((role) => typeof role === 'string' && nameShape.test(role))
  );
}

// Another tab that signs in or out is followed.
window.addEventListener('storage', (event) => {
  if (event.key === key) change(read());
});
