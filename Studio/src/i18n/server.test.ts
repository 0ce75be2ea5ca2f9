// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { changeLanguage } from './i18n';
import { errorSaid, eventName, guardAsks, guardName, holdersSaid, waitSaid, type WaitReason } from './server';
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
  expect(eventName('step-completed')).toBe('步骤完成');
  expect(eventName('of-a-newer-server')).toBe('of-a-newer-server（此控制台不认识）');
});

it('says why something waits, each reason in both languages, and one of a newer server too', () => {
  const reasons: [WaitReason, string, string][] = [
    [
      { kind: 'approval', quorum: 2, roles: ['commander', 'sre-lead'] },
      '2 of commander, sre-lead',
      'commander, sre-lead 中 2 人',
    ],
    [{ kind: 'locks', resources: ['unit/a', 'traffic'] }, 'locks unit/a, traffic', '锁 unit/a, traffic'],
    [{ kind: 'locks-taken', by: 'eve' }, 'locks taken over by eve', '锁被 eve 接管'],
    [{ kind: 'paused', by: 'dan', reason: 'full' }, 'resume; paused by dan: full', '等待继续；由 dan 暂停：full'],
    [{ kind: 'paused', by: 'dan' }, 'resume; paused by dan', '等待继续；由 dan 暂停'],
    [{ kind: 'signal', name: 'go' }, 'signal go', '信号 go'],
    [{ kind: 'time' }, 'the time', '到时'],
    [{ kind: 'retry', code: 'timeout' }, 'another attempt after timeout', '超时 之后的再次尝试'],
    [{ kind: 'child', does: 'undo' }, 'its run to undo itself', '其子运行完成撤销'],
    [{ kind: 'child', does: 'cancel' }, 'its run to cancel', '其子运行完成取消'],
    [
      { kind: 'operator', wholeRun: false },
      'an operator: retry, skip, undo or cancel',
      '运维人员：重试、跳过、撤销或取消',
    ],
    [{ kind: 'operator', wholeRun: true }, 'an operator: retry the run, or cancel it', '运维人员：重试该运行，或取消'],
    [
      { kind: 'of a newer server' } as unknown as WaitReason,
      'something this console does not know',
      '此控制台不认识的原因',
    ],
  ];
  const kinds = [...source('Server/Runs/WaitReason.cs').matchAll(/JsonDerivedType\(typeof\(\w+\), "([a-z-]+)"\)/g)].map(
    ([, kind]) => kind,
  );
  expect(kinds).not.toHaveLength(0);
  expect(reasons.map(([reason]) => reason.kind)).toEqual(expect.arrayContaining(kinds));
  for (const [reason, english, inChinese] of reasons) {
    changeLanguage('en');
    expect(waitSaid(reason)).toBe(english);
    changeLanguage('zh');
    expect(waitSaid(reason)).toBe(inChinese);
  }

  expect(holdersSaid([{ runbook: 'tide', startedBy: 'bob' }])).toBe('由 tide（bob） 持有');
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
