import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The console's folders, the lowest first: each may import from those above it in this list, and from itself. What two
 * pages share lies below both; the shell lies above the pages, and the files of `src` itself above all.
 */
const layers = [
  'api',
  'i18n',
  'routing',
  'ui',
  'identity',
  'live',
  'night',
  'approvals',
  'runs',
  'schedules',
  'fleet',
  'inspections',
  'runbooks',
  'emergency',
  'wall',
  'shell',
  '.',
];

const source = join(import.meta.dirname, '.');

function* files(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (/\.tsx?$/.test(name) && !name.includes('.test.')) yield path;
  }
}

const layerOf = (path: string): string => {
  const [first = '', second] = relative(source, path).split('/');
  return second == null ? '.' : first;
};

function* imports(path: string): Generator<string> {
  for (const [, quoted = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g))
    yield normalize(join(dirname(path), quoted));
}

describe('the folders of the console', () => {
  it('are all in the list', () => {
    const folders = readdirSync(source).filter((name) => statSync(join(source, name)).isDirectory());
    expect(folders.sort()).toEqual(layers.filter((layer) => layer !== '.').sort());
  });

  it('import downwards only', () => {
    const upwards = [...files(source)].flatMap((path) =>
      [...imports(path)]
        .filter((target) => layers.indexOf(layerOf(target)) > layers.indexOf(layerOf(path)))
        .map((target) => `${relative(source, path)} imports ${relative(source, target)}`),
    );
    expect(upwards).toEqual([]);
  });
});
