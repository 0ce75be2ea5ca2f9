import { expect, it } from 'vitest';
import { complete, expressionBefore, type Name } from './complete';

const names: Name[] = [
  {
    name: 'inputs',
    description: 'What the run was given.',
    schema: {
      type: 'object',
      properties: { clusters: { type: 'array', items: { type: 'string' } }, units: { type: 'integer' } },
    },
  },
  {
    name: 'steps',
    description: 'Before.',
    schema: {
      type: 'object',
      properties: {
        survey: {
          type: 'object',
          properties: {
            result: {
              type: 'object',
              properties: {
                batch: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
              },
            },
          },
        },
      },
    },
  },
];
const labels = (before: string): string[] | undefined =>
  complete(before, names, ['Math'])?.suggestions.map(({ label }) => label);

it('names what is in scope, and members of what is named', () => {
  expect(labels('')).toEqual(['inputs', 'steps', 'Math']);
  expect(labels('inp')).toEqual(['inputs', 'steps', 'Math']);
  expect(labels('inputs.')).toEqual(['clusters', 'units']);
  expect(labels('1 + steps.survey?.result.ba')).toEqual(['batch']);
  expect(labels('steps.survey.result.batch[0].')).toEqual(['id']);
  expect(labels('inputs.clusters.')).toContain('length');
});

it('says where the word begins that it completes', () => {
  expect(complete('x > inputs.un', names, [])?.from).toBe(11);
});

it('says nothing of what it does not know, nor within a text', () => {
  expect(labels('nothing.')).toBeUndefined();
  expect(labels("'inputs.")).toBeUndefined();
  expect(labels('f().')).toBeUndefined();
});

it('finds the expression that the cursor is in', () => {
  expect(expressionBefore('with: ${ inputs.')).toEqual({ from: 8, before: ' inputs.' });
  expect(expressionBefore('a ${ x } b')).toBeNull();
  expect(expressionBefore('a $${ x')).toBeNull();
  expect(expressionBefore('${ list.map(x => { ')?.before).toBe(' list.map(x => { ');
});
