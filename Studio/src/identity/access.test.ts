// @vitest-environment jsdom
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { access } from '../api/access';
import { type Endpoint, missing, type Needs } from './access';
import type { Identity } from './identity';

const endpoints = Object.keys(access) as Endpoint[];
const privileges = [...new Set(Object.values(access).flat())].filter((one) => one !== 'anyone' && one !== 'named');

/** Somebody who may only these. */
const person = (...may: string[]): Identity => ({
  name: 'zoe',
  roles: ['viewer'],
  privileges: privileges.map((privilege) => ({
    privilege,
    may: may.includes(privilege),
    roles: [`role of ${privilege}`],
  })),
});

describe.each(endpoints)('%s', (endpoint) => {
  const needs: readonly string[] = access[endpoint];
  const open = needs.includes('anyone') || needs.includes('named');

  it('is refused to who has no privilege, with the roles that have it, and open to who has any of them', () => {
    expect(missing(person(), endpoint)).toEqual(open ? null : [`role of ${needs[0]}`]);
    for (const one of needs) expect(missing(person(one), endpoint)).toBeNull();
    // Who has not signed in is asked to.
    expect(missing(null, endpoint)).toBeNull();
  });
});

describe('the console', () => {
  const root = join(import.meta.dirname, '..');
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|^api\//.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'));

  /** Whose page says by a rule of its own who may, and names the roles: its answer has `mine`, `mayTrigger` or the requester. */
  const ownRule: readonly Endpoint[] = [
    'POST /api/schedules/freezes/{id}/removal/approve',
    'POST /api/schedules/freezes/{id}/removal/reject',
    'POST /api/schedules/overrides/{id}/approve',
    'POST /api/schedules/overrides/{id}/reject',
    'POST /api/emergency/plan/{id}/approve',
    'POST /api/emergency/scale-down',
  ];

  it('asks for nothing that the table does not know', () => {
    const asked = sources.flatMap((text) => [...text.matchAll(/api\.(POST|PUT|PATCH|DELETE)\(\s*'([^']+)'/g)]);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.map(([, method, path]) => `${method} ${path}`).filter((one) => !Object.hasOwn(access, one))).toEqual(
      [],
    );
  });

  it('has a button that knows its privilege for each address that it asks for', () => {
    const text = sources.join('\n');
    const asks = (endpoint: Endpoint) => {
      const [method, path] = endpoint.split(' ');
      return text.includes(`api.${method}('${path}'`) || text.includes(`api.${method}(\n          '${path}'`);
    };
    const guarded = (endpoint: Endpoint) =>
      [`'${endpoint}'`, `"${endpoint}"`].some((quoted) => text.includes(quoted)) ||
      // One of two by a state, as pausing and resuming a trigger.
      text.includes(`\`${endpoint.replace(/(pause|resume)$/, '')}\${`);
    const needing = endpoints.filter((one) => !access[one].some((word) => word === 'anyone' || word === 'named'));
    expect(needing.filter((one) => asks(one) && !guarded(one) && !ownRule.includes(one))).toEqual([]);
    // None of the exceptions is one no longer.
    expect(ownRule.filter((one) => !asks(one))).toEqual([]);
  });

  it('knows privileges that the content asks for too', () => {
    const needs: Needs = 'start-emergency';
    expect(missing(person('start-runs'), needs)).toEqual(['role of start-emergency']);
    expect(missing(person('start-emergency'), needs)).toBeNull();
  });
});
