import { expect, it } from 'vitest';
import { Draft } from './draft';
import { perform } from './model.fixtures';

it('sets a key at the top, and only that', () => {
  const text =
    'runbook: many\ndescription: Two.\ninputs:\n  count: { type: integer, default: 2000 }\nsteps:\n  - id: a\n    run: x\n';

  expect(perform(new Draft(text), { do: 'set', path: '', field: ['description'], value: 'Very many.' })).toBe(
    text.replace('Two.', 'Very many.'),
  );
});
