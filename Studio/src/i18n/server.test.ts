// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { changeLanguage } from './i18n';
import { errorSaid, guardAsks, guardName, whomSaid } from './server';
import { errorWords, guardWords } from './serverWords';

const source = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');

afterEach(() => changeLanguage('en'));

it('has words for every guard that there is, and for no other', () => {
  const guards = [...source('Fleet/Guarding/GuardTable.cs').matchAll(/^\s+new\("([a-z-]+)", "/gm)].map(([, id]) => id);

  expect(guards.length).toBeGreaterThan(20);
  expect(Object.keys(guardWords).toSorted()).toEqual([...new Set(guards)].toSorted());
});

it('has words for every error that the engine gives', () => {
  const codes = [...source('Workflows/Interpretation/ErrorCodes.cs').matchAll(/const string \w+ = "([a-z-]+)"/g)];

  expect(codes.length).toBeGreaterThan(10);
  expect(codes.map(([, code = '']) => code).filter((code) => !(code in errorWords))).toEqual([]);
});

it('says in Chinese what is of a closed set, and leaves the rest and English as they are', () => {
  expect(guardAsks('lease', 'the run holds it')).toBe('the run holds it');
  changeLanguage('zh');

  expect(guardName('lease')).toBe('租约');
  expect(guardAsks('of a newer server', 'something new')).toBe('something new');
  expect(errorSaid({ code: 'timeout', message: 'took 3 s' })).toBe('超时：took 3 s');
  expect(errorSaid({ code: 'of-an-activity', message: 'as it is' })).toBe('as it is');
  expect(whomSaid('2 of commander, sre-lead')).toBe('commander, sre-lead 中 2 人');
  expect(whomSaid('run-7')).toBe('run-7');
});
