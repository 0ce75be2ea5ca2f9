import { expect, it } from 'vitest';
import { kinds } from '../model/kinds';
import { en } from '../texts.en';
import { zh } from '../texts.zh';
import { kindWords } from './kindWords';
import { ranked } from './ranking';

/** As the server describes them. */
const activities = [
  [
    'cluster.shift',
    'Move a cluster to another co-location state – Moves the nodes in waves, guarded before each wave.',
  ],
  ['unit.release', 'Tear a trading unit down – Sends traffic home if there is any.'],
  ['traffic.shift', 'Divide the traffic – Waits for nothing, for each unit at once, in parallel.'],
  ['notify', 'Tell people – Posts a message; a repetition carries the same key; people may approve it.'],
].map(([name = '', hint = '']) => ({ id: `run:${name}`, title: name, hint }));
const runbooks = [{ id: 'runbook:loop-a', title: 'loop-a', hint: 'Catches what is late, and sleeps.' }];

const first = (texts: typeof en | typeof zh, typed: string): string | undefined =>
  ranked(typed, [
    { label: 'activities', choices: activities },
    {
      label: 'kinds',
      choices: kinds
        .filter((kind) => kind !== 'run' && kind !== 'runbook')
        .map((kind) => ({ id: kind, title: texts.kind[kind], hint: texts.kindHint[kind], words: kindWords[kind] })),
    },
    { label: 'runbooks', choices: runbooks },
  ]).flatMap(({ choices }) => choices)[0]?.id;

it.each([
  ['for each', 'forEach'],
  ['foreach', 'forEach'],
  ['For', 'forEach'],
  ['if', 'if'],
  ['loop', 'forEach'],
  ['until', 'repeat'],
  ['catch', 'try'],
  ['try', 'try'],
  ['finally', 'try'],
  ['sleep', 'wait'],
  ['wait', 'wait'],
  ['parallel', 'parallel'],
  ['approve', 'approval'],
  ['appr', 'approval'],
  ['循环', 'forEach'],
  ['捕获', 'try'],
  ['审批', 'approval'],
  ['如果', 'if'],
  ['并行', 'parallel'],
  ['等待', 'wait'],
  ['cluster.shift', 'run:cluster.shift'],
  ['shift', 'run:cluster.shift'],
  ['release', 'run:unit.release'],
  ['notify', 'run:notify'],
  ['loop-a', 'runbook:loop-a'],
])('takes for %s with Enter what is called so, in both languages', (typed, expected) => {
  expect(first(en, typed)).toBe(expected);
  // In Chinese one of the two loops has this very name.
  expect(first(zh, typed)).toBe(typed === '循环' ? 'repeat' : expected);
});

it('finds nothing for what nothing is called or said to be', () => {
  expect(first(en, 'teleport')).toBeUndefined();
  expect(first(en, '')).toBe('run:cluster.shift');
});
