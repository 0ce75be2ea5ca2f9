import { knownEvent } from '../i18n/server';
import type { RunEvent } from '../live/connection';
import { fullTime, type ZoneChoice } from '../ui/time';

/**
 * What an event says beside its name and step, in one line: what an operator looks for first. An event of a kind that
 * is not known here, or that does not hold what its kind should, is shown as it is: a journal is never hidden by one line.
 */
export function eventDetail(event: RunEvent, zone: ZoneChoice): string {
  try {
    return knownEvent(event.event) ? shorten(detailOf(event, zone)) : asItIs(event);
  } catch {
    return asItIs(event);
  }
}

function detailOf(event: RunEvent, zone: ZoneChoice): string {
  const part = (name: string): string => textOf(event[name]);
  const time = (name: string): string => (event[name] == null ? '' : `→ ${fullTime(part(name), zone)}`);
  const { code = '', message = '' } = (event.error ?? {}) as { code?: string; message?: string };
  const error = [code, message].filter(Boolean).join(': ');
  switch (event.event) {
    case 'run-started':
      return joined(part('runbook'), part('startedBy'));
    case 'task-scheduled':
      return `${part('activity')} · ${event.undo === true ? '↶ ' : ''}#${part('attempt')}`;
    case 'attempt-failed':
      return joined(`#${part('attempt')} ${error}`, time('retryAt'));
    case 'step-failed':
      return joined(error, event.cause == null ? '' : `← ${part('cause')}`);
    case 'undo-failed':
    case 'incident-opened':
    case 'stop-started':
      return error;
    case 'incident-closed':
      return joined(part('resolution'), reasoned(part('by'), part('reason')));
    case 'run-ended':
      return reasoned(part('outcome'), message);
    case 'fact-reported':
      return String((event.fact as { fact?: string } | null)?.fact ?? part('key'));
    case 'loop-started':
      return `${(event.items as unknown[] | null)?.length ?? 0} ×`;
    case 'block-started':
      return part('block');
    case 'branch-chosen':
      return event.then === true ? 'then' : 'else';
    case 'timeout-set':
      return time('timeoutAt');
    case 'approval-requested':
      return joined(part('question'), part('roles'), part('quorum'), time('deadline'));
    case 'approval-decided':
      return reasoned(
        `${event.approved === true ? '✓' : '✗'} ${part('by')} (${part('role')}${event.onBehalfOf == null ? '' : `, ${part('onBehalfOf')}`})`,
        part('comment'),
      );
    case 'approval-escalated':
      return joined(part('roles'), time('deadline'));
    case 'wait-started':
      return joined(part('signal'), time('until'), time('deadline'));
    case 'signal-received':
      return joined(part('name'), part('by'), part('payload'));
    case 'step-completed':
      return part('result');
    case 'child-requested':
      return joined(part('runbook'), part('child').slice(0, 8));
    case 'child-cancel-requested':
    case 'child-undo-requested':
      return joined(part('child').slice(0, 8), part('reason'));
    case 'locks-requested':
      return part('resources');
    case 'locks-granted':
      return `#${part('token')}`;
    case 'locks-lost':
      return joined(part('by'), part('takenBy').slice(0, 8));
    default:
      return reasoned(part('by'), part('reason')); // what people ask for, and what has nothing to add
  }
}

function textOf(value: unknown): string {
  if (value == null) return '';
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(textOf).join(', ') : JSON.stringify(value);
}

function asItIs(event: RunEvent): string {
  const rest = Object.entries(event).filter(([name]) => name !== 'event' && name !== 'path');
  return rest.length === 0 ? '' : shorten(JSON.stringify(Object.fromEntries(rest)));
}

const joined = (...parts: string[]): string => parts.filter((part) => part.trim() !== '').join(' · ');
const reasoned = (what: string, why: string): string => [what, why].filter(Boolean).join(': ');
const shorten = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}…` : text);
