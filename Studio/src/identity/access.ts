import { useTranslation } from 'react-i18next';
import { access } from '../api/access';
import { type Identity, useIdentity } from './identity';

/** An address that changes something, as in `POST /api/runs/{id}/pause`. */
export type Endpoint = keyof typeof access;

type Privilege = (typeof access)[Endpoint][number];

/** What a button asks for: an address, or a privilege that the content asks for beyond its address. */
export type Needs = Endpoint | Privilege;

/** The roles that one would need, each `a+b` for both at once; null: it may be tried. */
export function missing(person: Identity | null, needs: Needs): string[] | null {
  // Who has not signed in is asked to when they try.
  if (person == null) return null;
  const any: readonly string[] = Object.hasOwn(access, needs) ? access[needs as Endpoint] : [needs];
  const known = new Map(person.privileges.map((one) => [one.privilege, one]));
  // What needs no role is no privilege of anybody's: the server says by its own rule who may.
  if (any.some((privilege) => known.get(privilege)?.may ?? true)) return null;
  // As the server's refusal: the first is what the address is for, the others are special cases of it.
  return known.get(any[0] ?? '')?.roles ?? [];
}

/** Why the person at this page may not do something, with the roles that may; null: they may. Several needs have all to be met. */
export function useRefusal(...needs: readonly Needs[]): string | null {
  const { t } = useTranslation('shell');
  const person = useIdentity();
  for (const one of needs) {
    const roles = missing(person, one);
    if (roles == null) continue;
    return t('access.needs', {
      roles: roles.map((role) => role.replaceAll('+', t('access.and'))).join(t('access.or')),
      own: person == null || person.roles.length === 0 ? t('access.needsNothing') : person.roles.join(t('access.list')),
    });
  }
  return null;
}
