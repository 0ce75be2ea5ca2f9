// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { Problem } from '../../api/problem';
import { again, type EarlierInput } from './again';
import { type Declared, type Draft, readDraft } from './fields';
import { answered } from './refusal';

const zone = 'Asia/Shanghai';
const input = (name: string, more: Partial<Declared> = {}): Declared => ({
  name,
  type: 'string',
  enum: [],
  required: false,
  secret: false,
  default: '',
  ...more,
});
const ran = (declaration: Declared, value: unknown, more: Partial<EarlierInput> = {}): EarlierInput => ({
  declaration,
  value,
  isDefault: false,
  masked: false,
  ...more,
});

describe('a run again', () => {
  it('begins with the values of the earlier one', () => {
    const declared = [
      input('place'),
      input('share', { type: 'integer', default: 64 }),
      input('on', { type: 'boolean', default: false }),
    ];
    const made = again(
      declared.map((one, index) => ran(one, ['hangzhou', 30, true][index])),
      declared,
      zone,
    );

    expect(declared.map((one) => readDraft(one, made.drafts[one.name] as Draft).value)).toEqual(['hangzhou', 30, true]);
    expect([made.added, made.removed, made.changed, made.masked]).toEqual([[], [], [], []]);
  });

  it('says which inputs came, went, and no longer take their value, and shows the default there', () => {
    const before = [input('gone'), input('share', { type: 'integer' }), input('mode')];
    const now = [
      input('share', { type: 'integer', maximum: 50, default: 10 }),
      input('mode', { enum: ['a', 'b'], default: 'a' }),
      input('fresh'),
    ];
    const made = again(
      [ran(before[0] as Declared, 'x'), ran(before[1] as Declared, 64), ran(before[2] as Declared, 'b')],
      now,
      zone,
    );

    expect([made.added, made.removed, made.changed]).toEqual([['fresh'], ['gone'], ['share']]);
    expect(now.map((one) => readDraft(one, made.drafts[one.name] as Draft).value)).toEqual([10, 'b', '']);
  });

  it('never sends a mask: what is masked is typed again, but for a default', () => {
    const token = input('token', { secret: true, default: '***' });
    const hook = input('hook', { default: 'https://***@example.org' });
    const made = again(
      [ran(token, '***', { masked: true }), ran(hook, 'https://***@example.net', { masked: true })],
      [token, hook],
      zone,
    );
    expect(made.masked).toEqual(['token', 'hook']);
    expect([token, hook].map((one) => JSON.stringify(made.drafts[one.name]))).toEqual(
      Array(2).fill(JSON.stringify({ kind: 'text', text: '' })),
    );

    const kept = again([ran(token, '***', { masked: true, isDefault: true })], [token], zone);
    expect(kept.masked).toEqual([]);
    // Left out, so that the server takes the default that nobody is shown.
    expect(readDraft(token, kept.drafts.token as Draft)).toEqual({ value: undefined });
  });
});

describe('what the server refuses', () => {
  const line = { file: 'inputs', line: 1, column: 1, severity: 'error' };
  const refused = Problem.of(422, {
    type: 'urn:orchestrator:problem:bad-inputs',
    title: '',
    status: 422,
    detail: 'The inputs do not fit the runbook.',
    diagnostics: [
      { ...line, code: 'IN104', message: 'input share is 101: it must be from 0 to 100', input: 'share' },
      { ...line, code: 'IN101', message: 'b has no input old', input: 'old' },
    ],
  });

  it('is said at its field, and above the form what has none', () => {
    const { atFields, rest } = answered(refused, ['share']);
    expect(atFields).toEqual({ share: 'is 101: it must be from 0 to 100' });
    expect((rest as Problem).diagnostics.map(({ input: name }) => name)).toEqual(['old']);
  });

  it('is nothing above the form when all of it has a field', () =>
    expect(answered(refused, ['share', 'old']).rest).toBeNull());

  it('is said whole when it is not about inputs', () => {
    const away = Problem.unreachable();
    expect(answered(away, ['share'])).toEqual({ atFields: {}, rest: away });
  });
});
