import { act, configure, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Diagnostics } from '../diagnostics/useDiagnostics';
import type { Design } from './Design';
import { Designer } from './Designer';
import { Around, designOf, until } from './testing';

const text = `runbook: r
steps:
  - id: survey
    title: Look
    run: fleet.survey
  - id: lend
    forEach: \${ inputs.clusters }
    steps:
      - id: shift
        run: cluster.shift
  - id: go
    approval: { title: Go?, roles: [commander] }
`;
// A text editor measures what it draws, which needs a browser: it has tests of its own there.
vi.mock('../text/Editor', () => ({ Editor: () => null }));

const none: Diagnostics = { diagnostics: [], version: 0, checking: false, failed: null };

// The machine may be busy with other tests: what comes late is no failure here.
vi.setConfig({ testTimeout: 120_000 });
configure({ asyncUtilTimeout: 30_000 });

beforeEach(() => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() =>
      Promise.resolve(new Response(JSON.stringify({ items: [] }), { headers: { 'content-type': 'application/json' } })),
    ),
  );
});
afterEach(() => vi.unstubAllGlobals());

const openPicker = vi.fn();

function show(design: Design) {
  return render(
    <Around design={design}>
      <Designer diagnostics={none} view="outline" place={null} setPlace={vi.fn()} openPicker={openPicker} />
    </Around>,
  );
}

const settled = (design: Design): Promise<void> => act(() => until(design, () => design.outlineIsCurrent));
const names = (): string[] => screen.getAllByRole('treeitem').map((row) => row.textContent ?? '');

it('shows the steps as a tree that says level, place and what is open', async () => {
  show(await designOf(text));

  const rows = screen.getAllByRole('treeitem');

  expect(rows).toHaveLength(4);
  expect(rows[2]?.getAttribute('aria-level')).toBe('2');
  expect(rows[1]?.getAttribute('aria-expanded')).toBe('true');
  expect(rows[3]?.getAttribute('aria-posinset')).toBe('3');
});

it('walks, moves, deletes and takes back by keys alone', async () => {
  const design = await designOf(text);
  show(design);
  const user = userEvent.setup();
  act(() => screen.getByRole('tree').focus());

  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowRight}');
  expect(design.snapshot().selected).toBe('lend/*/shift');
  expect(screen.getByRole('tree').getAttribute('aria-activedescendant')).toBe(screen.getAllByRole('treeitem')[2]?.id);

  await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
  await waitFor(() => expect(design.snapshot().selected).toBe('shift'));

  await user.keyboard('{Delete}');
  await waitFor(() => expect(names()).toHaveLength(3));
  await settled(design);

  await user.keyboard('{Control>}zz{/Control}');
  await waitFor(() => expect(names()).toHaveLength(4));
  expect(design.text).toBe(text);

  await user.keyboard('/');
  expect(openPicker).toHaveBeenCalled();
});

it('copies a step and puts it in elsewhere', async () => {
  const design = await designOf(text);
  show(design);
  const user = userEvent.setup();
  act(() => screen.getByRole('tree').focus());

  await user.keyboard('{Home}{Control>}c{/Control}');
  await waitFor(async () => expect(await navigator.clipboard.readText()).toContain('- id: survey'));
  await user.keyboard('{End}');
  await user.paste(await navigator.clipboard.readText());

  await waitFor(() => expect(design.text).toMatch(/- id: go\n.*\n {2}- id: survey-2\n {4}title: Look\n/));
});

it('changes the text at each key in a field, and nothing else of it', async () => {
  const design = await designOf(text);
  show(design);
  const user = userEvent.setup();
  act(() => design.select('survey'));

  await user.type(screen.getByLabelText('Title'), ' at it');

  await waitFor(() => expect(design.text).toBe(text.replace('title: Look', 'title: Look at it')));
});

it('has nothing that axe finds serious', async () => {
  const design = await designOf(text);
  const { container } = show(design);
  act(() => design.select('go'));
  await settled(design);

  const { violations } = await axe.run(container, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });

  expect(
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
  ).toEqual([]);
});

it('draws one row again, and not 500, when something is typed in one of 500 steps', async () => {
  const steps = Array.from(
    { length: 500 },
    (_, n) => `  - id: s${n}\n    title: Step ${n}\n    run: notify\n    with: { message: hello }\n`,
  ).join('');
  const design = await designOf(`runbook: big\nsteps:\n${steps}`);
  show(design);
  const tree = screen.getByRole('tree');
  const before = within(tree).getAllByRole('treeitem');
  const touched: Node[] = [];
  const watch = new MutationObserver((all) => touched.push(...all.map(({ target }) => target)));
  watch.observe(tree, { subtree: true, childList: true, characterData: true, attributes: true });

  act(() =>
    design.dispatch({ changes: { from: design.text.indexOf('Step 250') + 5, insert: 'X' }, userEvent: 'input.type' }),
  );
  await settled(design);
  await waitFor(() => expect(touched.length).toBeGreaterThan(0));

  const rows = new Set(touched.map((node) => before.find((row) => row.contains(node))).filter((row) => row != null));
  expect([...rows].map((row) => row.textContent)).toEqual([expect.stringContaining('Step X250')]);
});
