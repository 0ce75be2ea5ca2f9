import type { RunEvent } from '../live/connection';
import { fullTime, type ZoneChoice } from '../shell/time';

/** What an event says beside its name and step, in one line: what an operator looks for first. */
export function eventDetail(event: RunEvent, zone: ZoneChoice): string {
  const part = (name: string): string => {
    const value = event[name];
    return value == null
      ? ''
      : typeof value === 'string'
        ? value
        : Array.isArray(value)
          ? value.map(String).join(', ')
          : JSON.stringify(value);
  };
  const error = event.error as { code?: string; message?: string } | undefined;
  switch (event.event) {
    case 'run-started':
      return `${part('runbook')} · ${part('startedBy')}`;
    case 'task-scheduled':
      return `${part('activity')} · ${event.undo === true ? '↶ ' : ''}#${part('attempt')}`;
    case 'attempt-failed':
    case 'step-failed':
    case 'undo-failed':
    case 'incident-opened':
      return error == null ? '' : `${error.code ?? ''}: ${error.message ?? ''}`;
    case 'run-ended':
      return `${part('outcome')}${error == null ? '' : `: ${error.message ?? ''}`}`;
    case 'fact-reported':
      return String((event.fact as { fact?: string } | undefined)?.fact ?? part('key'));
    case 'loop-started':
      return `${(event.items as unknown[] | undefined)?.length ?? 0} ×`;
    case 'approval-requested':
      return `${part('question')} · ${part('roles')} · ${part('quorum')}`;
    case 'approval-decided':
      return `${event.approved === true ? '✓' : '✗'} ${part('by')} (${part('role')})${event.comment == null ? '' : `: ${part('comment')}`}`;
    case 'wait-started':
      return typeof event.until === 'string' ? `→ ${fullTime(event.until, zone)}` : part('signal');
    case 'step-completed':
      return shorten(part('result'));
    case 'child-requested':
      return `${part('runbook')} · ${part('child').slice(0, 8)}`;
    case 'locks-requested':
    case 'locks-granted':
      return part('resources');
    default:
      return [part('by'), part('reason')].filter(Boolean).join(': ');
  }
}

const shorten = (text: string): string => (text.length > 160 ? `${text.slice(0, 160)}…` : text);
