import type { Schema } from '../api/client';
import type { RunEvent } from '../live/connection';
import type { WaitReason } from '../i18n/server';
import { type Status, statusOf } from '../ui/status';

/** One step of a run, or one block of steps, as the page knows it. Never changed in place. */
export interface StepModel {
  path: string;
  block: boolean;
  status: Status;
  startedAt: string | null;
  endedAt: string | null;
  activity: string | null;
  attempts: number;
  waitsFor: WaitReason | null;
  due: string | null;
  child: string | null;
  /** How many items a loop goes over; null: it is none, or has not begun. */
  items: number | null;
  error: { code: string; message: string } | null;
  progress: { fraction: number | null; message: string } | null;
}

const ended = new Set<Status>(['done', 'failed', 'skipped', 'cancelled', 'undone', 'undo-failed']);

export const hasEnded = (status: Status): boolean => ended.has(status);

export function stepOf(answer: Schema<'StepResponse'>): StepModel {
  return {
    path: answer.path,
    block: answer.block,
    status: statusOf(answer.status),
    startedAt: answer.startedAt ?? null,
    endedAt: answer.endedAt ?? null,
    activity: answer.activity ?? null,
    attempts: answer.attempts,
    waitsFor: answer.waitsFor ?? null,
    due: answer.due ?? null,
    child: answer.child ?? null,
    items: answer.items ?? null,
    error: answer.error ?? null,
    progress: null,
  };
}

export function newStep(path: string, at: string): StepModel {
  return {
    path,
    block: false,
    status: 'running',
    startedAt: at,
    endedAt: null,
    activity: null,
    attempts: 0,
    waitsFor: null,
    due: null,
    child: null,
    items: null,
    error: null,
    progress: null,
  };
}

/** The step after an event of its own; the same fold as the server's, so that a page agrees with it. */
export function applyEvent(step: StepModel, event: RunEvent, at: string): StepModel {
  switch (event.event) {
    case 'locks-requested':
      return waiting(step, 'waiting-for-lock', { kind: 'locks', resources: listed(event.resources) }, null);
    case 'locks-granted':
    case 'step-started':
      return running(step);
    case 'locks-lost':
      return { ...step, waitsFor: { kind: 'locks-taken', by: String(event.by ?? '') } };
    case 'loop-started':
      return { ...running(step), items: Array.isArray(event.items) ? event.items.length : null };
    case 'block-started':
      return { ...running(step), block: true };
    case 'child-requested':
      return { ...running(step), child: String(event.child) };
    case 'task-scheduled':
      return {
        ...running(step),
        status: event.undo === true ? 'undoing' : 'running',
        activity: String(event.activity),
        attempts: Number(event.attempt),
        endedAt: null,
        progress: null,
      };
    case 'attempt-failed': {
      const error = event.error as StepModel['error'];
      return event.retryAt == null
        ? { ...step, error }
        : { ...waiting(step, 'retrying', { kind: 'retry', code: error?.code ?? '' }, String(event.retryAt)), error };
    }
    case 'approval-requested':
      return waiting(step, 'waiting-for-approval', approvers(event), deadline(event));
    case 'approval-escalated': {
      // The event has the new roles; how many must approve stays.
      const quorum = step.waitsFor?.kind === 'approval' ? step.waitsFor.quorum : 1;
      return { ...step, waitsFor: { kind: 'approval', quorum, roles: listed(event.roles) }, due: deadline(event) };
    }
    case 'child-cancel-requested':
      return { ...step, waitsFor: { kind: 'child', does: 'cancel' } };
    case 'child-undo-requested':
      return {
        ...waiting(step, hasEnded(step.status) ? 'undoing' : step.status, { kind: 'child', does: 'undo' }, null),
        endedAt: null,
      };
    case 'wait-started':
      return event.signal == null
        ? waiting(step, 'waiting', { kind: 'time' }, event.until == null ? null : String(event.until))
        : waiting(step, 'waiting-for-signal', { kind: 'signal', name: String(event.signal) }, deadline(event));
    case 'incident-opened':
      return { ...end(step, 'incident', at), error: event.error as StepModel['error'] };
    case 'step-completed':
      return { ...end(step, 'done', at), error: null };
    case 'step-failed':
      return { ...end(step, 'failed', at), error: event.error as StepModel['error'] };
    case 'step-skipped':
      return end(step, 'skipped', at);
    case 'step-cancelled':
      return end(step, 'cancelled', at);
    case 'step-undone':
      return end(step, 'undone', at);
    case 'undo-failed':
      return { ...end(step, 'undo-failed', at), error: event.error as StepModel['error'] };
    default:
      return step; // facts, decisions and what a newer server knows change nothing that is shown of a step
  }
}

function running(step: StepModel): StepModel {
  return { ...step, status: 'running', waitsFor: null, due: null };
}

function waiting(step: StepModel, status: Status, waitsFor: WaitReason, due: string | null): StepModel {
  return { ...step, status, waitsFor, due };
}

function end(step: StepModel, status: Status, at: string): StepModel {
  return { ...step, status, waitsFor: null, due: null, progress: null, endedAt: hasEnded(status) ? at : null };
}

function approvers(event: RunEvent): WaitReason {
  return { kind: 'approval', quorum: Number(event.quorum ?? 1), roles: listed(event.roles) };
}

/** An event that does not hold what its kind should must not take the page with it. */
function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function deadline(event: RunEvent): string | null {
  return event.deadline == null ? null : String(event.deadline);
}
