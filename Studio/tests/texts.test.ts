// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import * as approvals from '../src/approvals/texts';
import * as emergency from '../src/emergency/texts';
import * as fleet from '../src/fleet/texts';
import * as inspections from '../src/inspections/texts';
import * as runs from '../src/runs/texts';
import * as schedules from '../src/schedules/texts';
import * as shell from '../src/i18n/common';
import * as wall from '../src/night/texts';

/** Every text with its path. */
function flatten(texts: object, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]): [string, string][] =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : flatten(value as object, `${path}${key}.`),
  );
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').toSorted();

describe.each(Object.entries({ shell, wall, runs, approvals, fleet, inspections, schedules, emergency }))(
  'the texts of %s',
  (_, { en, zh }) => {
    const english = new Map(flatten(en));
    const chinese = new Map(flatten(zh));

    it('are there in both languages, none of them empty', () => {
      expect([...chinese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
      expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([]);
    });

    it('say the same names and numbers in both', () => {
      const different = [...english].filter(([key, text]) => {
        const own = placeholders(chinese.get(key) ?? '');
        // A plural may leave its number out in one of the languages ("one entry").
        return !key.match(/_(zero|one|other)$/) && own.join() !== placeholders(text).join();
      });
      expect(different).toEqual([]);
    });
  },
);
