import { useSyncExternalStore } from 'react';
import { api, type Schema, take } from '../api/client';

/**
 * Who acts: the one seam where single sign-on will come in. The server keeps who uses this browser (`/api/session`, a
 * cookie that scripts cannot read), so nothing of it is kept here. Until there is a provider a name and roles are
 * claimed, the server takes them on its loopback address only, and every place that shows them says so.
 */
export interface Identity {
  name: string;
  roles: string[];
  /** What of all that asks for a role they may do. */
  privileges: Schema<'PrivilegeResponse'>[];
}

/** Roles that the runbooks which ship, the schedule and the emergency handle ask. */
export const knownRoles = [
  'operator',
  'engineer',
  'commander',
  'sre-lead',
  'change-approver',
  'auditor',
  'admin',
] as const;

/** A name, or a role, that the server takes. */
export const nameShape = /^[^:,\p{Cc}]{1,64}$/u;

const listeners = new Set<() => void>();
const tabs = new BroadcastChannel('orchestrator.session');
let current: Identity | null = null;

export function useIdentity(): Identity | null {
  return useSyncExternalStore(subscribe, identity);
}

export function identity(): Identity | null {
  return current;
}

/** Asks the server who uses this browser. While it cannot be asked, what was known stays, and it is asked again. */
export async function askWhoThisIs(): Promise<void> {
  try {
    change((await take(api.GET('/api/session'))).person ?? null);
  } catch {
    setTimeout(() => void askWhoThisIs(), 3_000);
  }
}

/** Throws the Problem with which the server refuses. */
export async function signIn(claim: Pick<Identity, 'name' | 'roles'>): Promise<void> {
  change(await take(api.POST('/api/session', { body: claim })));
  tabs.postMessage(null);
}

export async function signOut(): Promise<void> {
  await take(api.DELETE('/api/session'));
  change(null);
  tabs.postMessage(null);
}

function change(next: Schema<'MeResponse'> | null): void {
  current = next == null ? null : { name: next.name, roles: next.roles, privileges: next.privileges };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Another tab that signs in or out is followed, and so is a session that has ended.
tabs.addEventListener('message', () => void askWhoThisIs());
api.use({
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== '/api/session' && current != null) void askWhoThisIs();
  },
});
