import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { accessOf, typesOf } from '../scripts/types.mjs';

const api = new URL('../src/api/', import.meta.url);

it('has types that are generated from the API document that is committed beside them', async () => {
  const document: unknown = JSON.parse(await readFile(new URL('openapi.json', api), 'utf8'));

  const committed = await readFile(new URL('schema.ts', api), 'utf8');

  expect(committed, 'run `npm run api`').toBe(await typesOf(document));
}, 60_000);

it('knows who may use which address from the same document', async () => {
  const document: unknown = JSON.parse(await readFile(new URL('openapi.json', api), 'utf8'));

  const committed = await readFile(new URL('access.ts', api), 'utf8');

  expect(committed, 'run `npm run api`').toBe(accessOf(document));
});
