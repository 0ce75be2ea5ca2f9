import * as fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { describe, expect, it } from 'vitest';
import { Draft } from './draft';
import { runbookText, positions, shipped } from './model.fixtures';
import { itemAt } from './outline';
import { withStep } from './patch';
import { read } from './reading';
import { sourceOf } from './source';

const stepsIn = (value: unknown): number =>
  Array.isArray(value)
    ? value.reduce<number>((sum, item) => sum + stepsIn(item), 0)
    : typeof value === 'object' && value != null
      ? Object.values(value).reduce<number>((sum, item) => sum + stepsIn(item), 'id' in value ? 1 : 0)
      : 0;

describe('the outline of a runbook', () => {
  it.each(shipped)('has every step of %s once, each at an address of its own', (_, text) => {
    const draft = new Draft(text);

    const all = positions(draft);

    expect(draft.diagnostics).toEqual([]);
    expect(all.filter(({ item }) => item.id !== '')).toHaveLength(
      stepsIn((parseYaml(text) as { steps: unknown }).steps),
    );
    expect(new Set(all.map(({ item }) => item.path)).size).toBe(all.length);
  });

  it('addresses steps as the engine does', () => {
    const draft = new Draft(shipped.find(([name]) => name === 'double-11.yaml')?.[1] ?? '');

    const paths = positions(draft).map(({ item }) => item.path);

    expect(paths).toContain('night/lend/*/shift');
    expect(paths).toContain('night/build/cloud/units/*/provision');
    expect(paths).toContain('night/peak/ebb/*/observe');
    expect(paths).toContain('night/report');
  });

  it('gives each step the comments right above it, and not those of others', () => {
    const draft = new Draft(
      'steps:\n  # far\n\n  # near\n  - id: a\n    run: x # same line\n    # within\n  # of b\n  - id: b\n    run: y\n',
    );

    const sources = positions(draft).map(({ item }) => sourceOf(draft.text, item));

    expect(sources).toEqual(['# near\n- id: a\n  run: x # same line\n  # within', '# of b\n- id: b\n  run: y']);
  });

  it('keeps the last one while the text is no YAML, and says where it is broken', () => {
    const draft = new Draft('steps:\n  - id: a\n    run: x\n');

    draft.change([{ from: 15, to: 16, insert: '"a' }]);

    expect(draft.isCurrent).toBe(false);
    expect(draft.outline?.steps.items.map(({ id }) => id)).toEqual(['a']);
    expect(draft.diagnostics[0]?.from).toBeGreaterThan(0);

    draft.change([{ from: 15, to: 17, insert: 'b' }]);

    expect(draft.isCurrent).toBe(true);
    expect(draft.outline?.steps.items.map(({ id }) => id)).toEqual(['b']);
  });

  it.each([
    '',
    '# only a comment\n',
    'runbook: x\n',
    'steps:\n',
    'steps: []\n',
    'steps:\n  -\n',
    'steps: [ { id: a, run: x } ]',
  ])('can be had of %j', (text) => {
    expect(new Draft(text).outline).not.toBeNull();
  });

  it('finds the innermost step at a place', () => {
    const text = shipped.find(([name]) => name === 'double-11.yaml')?.[1] ?? '';
    const { outline } = new Draft(text);

    expect(outline != null && itemAt(outline, text.indexOf('to: peak-degrade'))?.path).toBe(
      'night/peak/degrade/*/shift',
    );
    expect(outline != null && itemAt(outline, text.indexOf('finally:'))?.path).toBe('night');
    expect(outline != null && itemAt(outline, 3)).toBeNull();
  });
});

describe('reading again after a change', () => {
  it('reads the one step that was typed in, not the text', () => {
    const text = shipped.find(([name]) => name === 'double-11.yaml')?.[1] ?? '';
    const draft = new Draft(text);
    const at = text.indexOf('Tell that the decision is due');

    for (let typed = 0; typed < 20; typed++) draft.change([{ from: at + typed, to: at + typed, insert: 'x' }]);

    expect(draft.readings).toEqual({ whole: 1, step: 20 });
    expect(draft.outline).toEqual(read(draft.text).outline);
  });

  it('gives what reading the whole text gives, whatever was typed where', () => {
    const typing = fc.array(
      fc.record({
        place: fc.double({ min: 0, max: 1, noNaN: true }),
        gone: fc.constantFrom(0, 0, 0, 1, 2, 7),
        insert: fc.constantFrom(
          '',
          'x',
          ' ',
          '\n',
          '\n    ',
          '"',
          ':',
          '- ',
          '# ',
          '[',
          '}',
          '\n  - id: new\n    run: x',
          '|',
          '&a ',
          '*a',
          '---\n',
          '\t',
          'steps:\n',
        ),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(runbookText, typing, (text, changes) => {
        const draft = new Draft(text);
        let told = draft.outline;
        for (const { place, gone, insert } of changes) {
          const from = Math.floor(place * draft.text.length);
          const steps = draft.change([{ from, to: Math.min(draft.text.length, from + gone), insert }]);
          // What is carried to the page's thread: the steps that were read again, or all of it.
          told = steps == null || told == null ? draft.outline : structuredClone(steps).reduce(withStep, told);
          const whole = read(draft.text);
          expect(draft.isCurrent).toBe(whole.outline != null);
          if (whole.outline != null) expect(draft.outline).toEqual(whole.outline);
          expect(told).toEqual(draft.outline);
        }
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
