import type { Schema } from '../api/client';
import type { Identity } from '../identity/identity';

type Approval = Schema<'ApprovalAnswer'>;

/** Whether a person may decide, and if not, why. The server decides; this only says beforehand what it will say. */
export type Permission = { may: true } | { may: false; why: 'anonymous' | 'four-eyes' | 'decided' | 'role' };

export function mayDecide(
  approval: Pick<Approval, 'startedBy' | 'roles' | 'decisions'>,
  person: Identity | null,
): Permission {
  if (person == null) return { may: false, why: 'anonymous' };
  if (approval.startedBy === person.name) return { may: false, why: 'four-eyes' };
  if (approval.decisions.some(({ by, onBehalfOf }) => by === person.name || onBehalfOf === person.name))
    return { may: false, why: 'decided' };
  if (!approval.roles.some((role) => person.roles.includes(role))) return { may: false, why: 'role' };
  return { may: true };
}
