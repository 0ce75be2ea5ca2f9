import { expect, it } from 'vitest';
import { readFilters, readView } from './search';

it('reads filters from an address, and leaves out what is empty or unknown', () => {
  expect(readFilters({ status: ['failed', ''], open: true, runbook: '', lane: 'emergency', nonsense: 1 })).toEqual({
    runbook: undefined,
    status: ['failed'],
    open: true,
    lane: 'emergency',
    startedBy: undefined,
    children: undefined,
  });
  expect(readFilters({ status: 'paused' }).status).toEqual(['paused']);
});

it('shows the graph for a view that it does not know', () => {
  expect(readView({ view: 'hologram', step: 'night/go' })).toEqual({ view: undefined, step: 'night/go' });
});
