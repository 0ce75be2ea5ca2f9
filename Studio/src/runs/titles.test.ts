import { expect, it } from 'vitest';
import { titlesOf } from './titles';

it('finds the title of a step, and for an iteration the one of the loop’s step', () => {
  const title = titlesOf([
    { path: 'home', title: 'Traffic home' },
    { path: 'return', title: 'Return the clusters' },
    { path: 'return/*' },
    { path: 'return/*/shift', title: 'Back to batch' },
  ]);

  expect(['home', 'return', 'return/hz-batch-a', 'return/hz-batch-a/shift', 'elsewhere', 'home/x'].map(title)).toEqual([
    'Traffic home',
    'Return the clusters',
    undefined,
    'Back to batch',
    undefined,
    undefined,
  ]);
});
