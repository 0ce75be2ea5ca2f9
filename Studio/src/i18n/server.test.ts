// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { changeLanguage } from './i18n';
import { errorSaid, eventName, guardAsks, guardName, whomSaid } from './server';
import { errorWords, eventWords, guardWords, inputTypes } from './serverWords';

const source = (path: string): string => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');

afterEach(() => changeLanguage('en'));

it('has words for every guard that there is, and for no other', () => {
  const guards = [...source('Fleet/Guarding/GuardTable.cs').matchAll(/^\s+new\("([a-z-]+)", "/gm)].map(([, id]) => id);

  expect(guards.length).toBeGreaterThan(20);
  expect(Object.keys(guardWords).toSorted()).toEqual([...new Set(guards)].toSorted());
});

it('has words for every error that the engine gives', () => {
  const codes = [...source('Workflows/Model/Events/ErrorCodes.cs').matchAll(/const string \w+ = "([a-z-]+)"/g)];

  expect(codes.length).toBeGreaterThan(10);
  expect(codes.map(([, code = '']) => code).filter((code) => !(code in errorWords))).toEqual([]);
});

it('has words for everything that a journal says, and for nothing else', () => {
  const events = [
    ...source('Workflows/Model/Events/RunEvent.cs').matchAll(/JsonDerivedType\(typeof\(\w+\), "([a-z-]+)"\)/g),
  ];

  expect(events.length).toBeGreaterThan(30);
  expect(Object.keys(eventWords).toSorted()).toEqual(events.map(([, event]) => event).toSorted());
});

it('says in Chinese what is of a closed set, and leaves the rest and English as they are', () => {
  expect(guardAsks('lease', 'the run holds it')).toBe('the run holds it');
  changeLanguage('zh');

  expect(guardName('lease')).toBe('租约');
  expect(guardAsks('of a newer server', 'something new')).toBe('something new');
  expect(errorSaid({ code: 'timeout', message: 'took 3 s' })).toBe('超时：took 3 s');
  expect(errorSaid({ code: 'of-an-activity', message: 'as it is' })).toBe('as it is');
  expect(whomSaid('2 of commander, sre-lead')).toBe('commander, sre-lead 中 2 人');
  expect(whomSaid('locks unit/a, traffic, held by tide of bob, double-11 of carol')).toBe(
    '锁 unit/a, traffic，由 tide（bob）, double-11（carol） 持有',
  );
  expect(whomSaid('resume; paused by dan: the queue is full')).toBe('等待继续；由 dan 暂停：the queue is full');
  expect(whomSaid('the signal go')).toBe('信号 go');
  expect(whomSaid('signal go')).toBe('信号 go');
  expect(whomSaid('locks unit/a')).toBe('锁 unit/a');
  expect(whomSaid('another attempt after timeout')).toBe('超时 之后的再次尝试');
  expect(eventName('step-completed')).toBe('步骤完成');
  expect(eventName('of-a-newer-server')).toBe('of-a-newer-server（此控制台不认识）');
  expect(whomSaid('run-7')).toBe('run-7');
});

it('says in Chinese what is wrong with an input', () => {
  changeLanguage('zh');

  const said = (code: string, message: string): string => errorSaid({ code, message });
  expect(said('IN104', 'is 101: it must be from 0 to 100')).toBe('超出范围：101，须在 0 到 100 之间');
  expect(said('IN104', 'input share is -1: it must be at least 0')).toBe('超出范围：share -1，至少为 0');
  expect(said('IN105', 'is bj: it must be hz or sh; did you mean sh?')).toBe(
    '不在可选值之内：bj，须为 hz or sh；是否想用 sh？',
  );
  expect(said('IN103', 'must be a whole number, not many')).toBe('类型不对：须为整数，而不是 many');
  expect(said('IN103', 'must be a list of which each item is a text; item 2 is 7')).toBe(
    '类型不对：须为列表，每一项为文本；第 2 项是 7',
  );
  expect(said('IN102', 'input place is missing (where): it must be a text')).toBe('缺少输入：place （where）须为文本');
  expect(said('IN101', 'b has no input old')).toBe('没有这个输入：b 没有输入 old');
  expect(said('IN106', 'x is no input: write name=value')).toBe('写法不对：x，须写作 name=value');
  expect(said('IN106', 'something new')).toBe('写法不对：something new');
});

it('knows every code and every type of an input', () => {
  const codes = [...source('Workflows/Language/Diagnostics/DiagnosticCodes.cs').matchAll(/"(IN\d+)"/g)].map(
    ([, code = '']) => code,
  );
  const types = [...source('Workflows/Language/Inputs/InputCheck.cs').matchAll(/InputType\.\w+ => "(.+?)",/g)].map(
    ([, type = '']) => type,
  );

  expect(codes.length).toBeGreaterThan(5);
  expect(codes.filter((code) => !(code in errorWords))).toEqual([]);
  expect(types.toSorted()).toEqual(Object.keys(inputTypes).toSorted());
});
