// @vitest-environment jsdom
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Declared,
  type Draft,
  draftOf,
  editorOf,
  localIn,
  millisecondsOf,
  momentOf,
  readDraft,
  startDraft,
  withOffset,
} from './fields';

const zone = 'Asia/Shanghai';
const input = (more: Partial<Declared>): Declared => ({
  name: 'one',
  type: 'string',
  enum: [],
  required: false,
  secret: false,
  ...more,
});
const text = (typed: string): Draft => ({ kind: 'text', text: typed });
const why = (declared: Partial<Declared>, draft: Draft) => readDraft(input(declared), draft).wrong?.why;

describe('an input is asked for', () => {
  it.each<[Partial<Declared>, string]>([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', enum: ['auto', 'day'] }, 'choice'],
    [{ type: 'integer', enum: [1, 2] }, 'choice'],
    [{ type: 'boolean' }, 'switch'],
    [{ type: 'boolean', required: true }, 'choice'],
    [{ type: 'integer' }, 'number'],
    [{ type: 'duration' }, 'duration'],
    [{ type: 'time' }, 'time'],
    [{ type: 'array', items: 'string' }, 'list'],
    [{ type: 'array', items: 'time' }, 'list'],
    [{ type: 'array', items: 'object' }, 'json'],
    [{ type: 'array' }, 'json'],
    [{ type: 'object' }, 'map'],
    [{ type: 'what a newer server has' }, 'json'],
  ])('%j by the editor for it: %s', (declared, editor) => expect(editorOf(input(declared))).toBe(editor));
});

describe('what was typed', () => {
  it.each<[Partial<Declared>, Draft, unknown]>([
    [{ type: 'integer' }, text(' 4 '), 4],
    [{ type: 'integer' }, text('4.0'), 4],
    [{ type: 'integer' }, text('4e2'), 400],
    [{ type: 'number' }, text('.5'), 0.5],
    [{ type: 'string' }, text(' as it is '), ' as it is '],
    // An empty text is what was typed over a default, and empty numbers leave it.
    [{ type: 'string', default: 'x' }, text(''), ''],
    [{ type: 'string', default: 'x', secret: true }, text(''), undefined],
    [{ type: 'integer', default: 4 }, text(''), undefined],
    [{ type: 'duration' }, text('1h30m'), '1h30m'],
    [{ type: 'boolean' }, { kind: 'switch', on: false }, false],
    [{ type: 'boolean', required: true }, { kind: 'choice', value: 'false' }, false],
    [{ type: 'integer', enum: [1, 2] }, { kind: 'choice', value: '2' }, 2],
    [{ type: 'time' }, { kind: 'time', local: '2026-11-12T01:00', zone }, '2026-11-12T01:00:00+08:00'],
    [{ type: 'time' }, { kind: 'time', local: '2026-11-12T01:00:05', zone: 'UTC' }, '2026-11-12T01:00:05+00:00'],
    [
      { type: 'time' },
      { kind: 'time', local: '2026-07-01T01:00', zone: 'America/St_Johns' },
      '2026-07-01T01:00:00-02:30',
    ],
    [{ type: 'array' }, text('[1, "a"]'), [1, 'a']],
    [{ type: 'array', items: 'string' }, { kind: 'list', items: [] }, []],
    [{ type: 'array', items: 'integer', minimum: 5 }, { kind: 'list', items: [{ id: 0, draft: text('1') }] }, [1]],
    [
      { type: 'object' },
      {
        kind: 'map',
        entries: [
          { id: 0, name: 'a', type: 'string', text: 'true' },
          { id: 1, name: 'b', type: 'boolean', text: 'true' },
          { id: 2, name: 'c', type: 'number', text: '1' },
          { id: 3, name: 'd', type: 'json', text: '{"e":[null]}' },
        ],
      },
      { a: 'true', b: true, c: 1, d: { e: [null] } },
    ],
  ])('is read by its type: %j %j', (declared, draft, value) =>
    expect(readDraft(input(declared), draft)).toEqual({ value }),
  );

  it.each<[Partial<Declared>, Draft, string]>([
    [{ required: true }, text(''), 'missing'],
    [{ type: 'integer', required: true }, text(' '), 'missing'],
    [{ type: 'boolean', required: true }, { kind: 'choice', value: null }, 'missing'],
    [{ type: 'time', required: true }, { kind: 'time', local: '', zone }, 'missing'],
    [{ type: 'integer' }, text('4.5'), 'whole'],
    [{ type: 'integer' }, text('vier'), 'whole'],
    [{ type: 'integer' }, text('0x10'), 'whole'],
    [{ type: 'integer' }, text('9007199254740993'), 'large'],
    [{ type: 'number' }, text('1,5'), 'number'],
    [{ type: 'number' }, text('1e999'), 'number'],
    [{ type: 'integer', minimum: 0, maximum: 100 }, text('101'), 'between'],
    [{ type: 'integer', minimum: 1 }, text('0'), 'below'],
    [{ type: 'integer', maximum: 1 }, text('2'), 'above'],
    [{ type: 'duration' }, text('5'), 'duration'],
    [{ type: 'duration' }, text('5m1h'), 'duration'],
    [{ type: 'duration' }, text('3651d'), 'duration'],
    [{ type: 'time' }, { kind: 'time', local: '2026-13-12T01:00', zone }, 'time'],
    [{ type: 'array' }, text('{}'), 'array'],
    [{ type: 'array' }, text('[a]'), 'json'],
    [{ type: 'object' }, { kind: 'map', entries: [{ id: 0, name: '', type: 'string', text: '' }] }, 'nameMissing'],
  ])('is refused before it is sent: %j %j', (declared, draft, reason) => expect(why(declared, draft)).toBe(reason));

  it('is refused at the item that is wrong', () => {
    const items = ['1', 'x'].map((typed, id) => ({ id, draft: text(typed) }));
    expect(readDraft(input({ type: 'array', items: 'integer' }), { kind: 'list', items }).wrong).toEqual({
      why: 'whole',
      item: 1,
    });
    const entries = ['a', 'a'].map((name, id) => ({ id, name, type: 'string' as const, text: '' }));
    expect(readDraft(input({ type: 'object' }), { kind: 'map', entries }).wrong).toEqual({ why: 'nameTwice', item: 1 });
  });
});

describe('a value', () => {
  it.each<[Partial<Declared>, unknown]>([
    [{ type: 'string' }, 'hangzhou'],
    [{ type: 'string', enum: ['auto', 'day'] }, 'day'],
    [{ type: 'number' }, 1e21],
    [{ type: 'boolean' }, true],
    [{ type: 'duration' }, '1h30m'],
    [{ type: 'time' }, '2026-11-12T01:00:00+08:00'],
    // Finer than a field shows, and from another zone: as long as nobody types it stays what it was.
    [{ type: 'time' }, '2026-11-12T01:00:00.1234567-05:00'],
    [{ type: 'array', items: 'duration' }, ['1h', '5m']],
    [{ type: 'array' }, [1, ['a'], null]],
    [{ type: 'object' }, { a: 1, b: 'x', c: true, d: null, e: [1] }],
  ])('comes back from its form as it was: %j %j', (declared, value) => {
    const declaration = input(declared);
    const draft = draftOf(declaration, value, zone);
    expect(draft).not.toBeNull();
    expect(readDraft(declaration, draft as Draft)).toEqual({ value });
  });

  it('of any JSON comes back from the form of a mapping', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((name) => name.trim() !== '' && name !== '__proto__'),
          fc.jsonValue(),
        ),
        (value) => {
          const plain = JSON.parse(JSON.stringify(value)) as unknown;
          const declaration = input({ type: 'object' });
          expect(readDraft(declaration, draftOf(declaration, plain, zone) as Draft)).toEqual({ value: plain });
        },
      ),
    );
  });

  it('of seconds is a duration that can be typed', () =>
    expect(readDraft(input({ type: 'duration' }), draftOf(input({ type: 'duration' }), 90, zone) as Draft)).toEqual({
      value: '90s',
    }));

  it('of another type has no form', () => {
    expect(draftOf(input({ type: 'integer' }), 'four', zone)).toBeNull();
    expect(draftOf(input({ enum: ['a'] }), 'b', zone)).toBeNull();
    expect(draftOf(input({ type: 'array', items: 'integer' }), ['1'], zone)).toBeNull();
  });

  it('that is secret is not what a form begins with', () =>
    expect(startDraft(input({ secret: true, default: '***' }), zone)).toEqual(text('')));
});

it('a moment is the same in every zone that it is typed in', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }),
      fc.constantFrom(
        'UTC',
        'Asia/Shanghai',
        'America/New_York',
        'Europe/Dublin',
        'Australia/Lord_Howe',
        'Asia/Kathmandu',
      ),
      (at, of) => {
        const second = Math.floor(at / 1_000) * 1_000;
        expect(Date.parse(withOffset(second, of))).toBe(second);
        const typed = Date.parse(momentOf(localIn(second, of), of) as string);
        // An hour that comes twice has two moments of one name, at most an hour apart.
        expect([0, 1_800_000, 3_600_000]).toContain(second - typed);
        expect(localIn(typed, of)).toBe(localIn(second, of));
      },
    ),
  );
});

it.each([
  ['1h30m', 5_400_000],
  ['200ms', 200],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['', null],
  ['m', null],
  ['1m5', null],
])('%j is a duration of %j ms', (typed, length) => expect(millisecondsOf(typed)).toBe(length));
