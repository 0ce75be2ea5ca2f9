// @vitest-environment jsdom
import { expect, it, vi } from 'vitest';
import type { Answer, Request } from '../model/desk';
import type { Operation } from '../model/operations';
import type { DraftPort } from '../model/remoteDraft';
import { Design } from './Design';
import { moveFor } from './stepKeys';
import { designOf, localPort, until } from './testing';

const text = 'runbook: r\nsteps:\n  # one\n  - id: a\n    run: x\n  - id: b\n    run: y\n';

it('does an operation as one step that can be undone and done again', async () => {
  const design = await designOf(text);

  await design.perform({ do: 'move', path: 'a', into: { owner: '', key: 'steps' }, index: 2 });
  await until(design, () => design.outlineIsCurrent);

  expect(design.snapshot().outline?.steps.items.map(({ id }) => id)).toEqual(['b', 'a']);
  design.undo();
  expect(design.text).toBe(text);
  design.redo();
  expect(design.text).toContain('  - id: b\n    run: y\n  # one\n  - id: a');
});

it('looks at the step that was put in', async () => {
  const design = await designOf(text);

  await design.perform({ do: 'insert', into: { owner: '', key: 'steps' }, index: 1, source: '- id: a\n  run: z' });
  await until(design, () => design.snapshot().selected != null);

  expect(design.snapshot().selected).toBe('a-2');
});

it('looks at the step that the cursor is in', async () => {
  const design = await designOf(text);

  design.dispatch({ selection: { anchor: text.indexOf('run: y') }, userEvent: 'select' });

  expect(design.snapshot().selected).toBe('b');
});

it('puts the cursor at the step that was selected in the graph', async () => {
  const design = await designOf(text);

  design.select('b');

  expect(design.editorState.selection.main.head).toBe(text.indexOf('id: b'));
});

it('keeps looking at a step while its id is typed', async () => {
  const design = await designOf(text);
  design.select('b');

  await design.perform({ do: 'set', path: 'b', field: ['id'], value: 'bee' });
  await until(design, () => design.outlineIsCurrent);

  expect(design.snapshot().selected).toBe('bee');
});

it('does operations in the order in which they were asked for, each on what the one before left', async () => {
  const design = await designOf(text);

  await Promise.all([
    design.perform({ do: 'duplicate', path: 'a' }),
    design.perform({ do: 'set', path: 'a-2', field: ['title'], value: 'Second' }),
    design.perform({ do: 'remove', paths: ['a'] }),
  ]);

  expect(design.text).toBe(
    'runbook: r\nsteps:\n  # one\n  - id: a-2\n    title: Second\n    run: x\n  - id: b\n    run: y\n',
  );
});

it('does nothing twice when somebody types between asking and answering', async () => {
  const design = await designOf(text);

  const performed = design.perform({ do: 'duplicate', path: 'b' });
  design.dispatch({ changes: { from: text.indexOf('run: x') + 6, insert: 'x' }, userEvent: 'input.type' });
  await performed;

  expect(design.text).toBe(
    'runbook: r\nsteps:\n  # one\n  - id: a\n    run: xx\n  - id: b\n    run: y\n  - id: b-2\n    run: y\n',
  );
});

it('keeps the last outline while the text cannot be read, and says where it is broken', async () => {
  const design = await designOf(text);

  design.dispatch({ changes: { from: text.indexOf('run: y') + 5, insert: '"' }, userEvent: 'input.type' });
  await until(design, () => design.snapshot().syntax.length > 0);

  expect(design.snapshot().outline?.steps.items).toHaveLength(2);
  expect(await design.perform({ do: 'remove', paths: ['a'] })).toBe(false);
});

it('keeps what did not change the same object, so that it is not drawn again', async () => {
  const design = await designOf(text);
  const before = design.snapshot().outline?.steps.items;

  design.dispatch({ changes: { from: text.indexOf('run: x') + 6, insert: '!' }, userEvent: 'input.type' });
  await until(design, () => design.outlineIsCurrent);

  const after = design.snapshot().outline?.steps.items;
  expect(after?.[1]?.fields).toBe(before?.[1]?.fields);
  expect(after?.[0]?.fields).not.toBe(before?.[0]?.fields);
});

it('looks from the first on at the step that it was opened with, and at none that is not there', async () => {
  const [there, gone] = [new Design(localPort(), text, 'b'), new Design(localPort(), text, 'c')];

  await Promise.all([there.whenRead(), gone.whenRead()]);

  expect([there.snapshot().selected, gone.snapshot().selected]).toEqual(['b', null]);
  expect(there.editorState.selection.main.head).toBe(text.indexOf('id: b'));
});

it('keeps what is asked for before the text is read for the first time', async () => {
  const design = new Design(localPort(), text);

  const asked = [
    design.whenRead().then(({ steps }) => steps.items.length),
    design.perform({ do: 'set', path: 'a', field: ['title'], value: 'At once' }),
    design.perform((outline) => ({ do: 'remove', paths: [outline.steps.items.at(-1)?.path ?? ''] })),
  ];

  expect(await Promise.all(asked)).toEqual([2, true, true]);
  expect(design.text).toBe('runbook: r\nsteps:\n  # one\n  - id: a\n    title: At once\n    run: x\n');
});

it('counts every key of those that are pressed before the first has come through', async () => {
  const design = await designOf(text + '  - id: c\n    run: z\n');
  design.select('c');
  const up = () => design.perform((outline, path) => (path == null ? null : moveFor(outline, path, 'ArrowUp')));

  await Promise.all([up(), up()]);
  await until(design, () => design.outlineIsCurrent);

  expect(design.snapshot().outline?.steps.items.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  expect(design.snapshot().selected).toBe('c');
});

it('goes on after a fault of the one who holds the draft, and says it', async () => {
  const said: unknown[] = [];
  const desk = localPort();
  const port: DraftPort = { ...desk, send: (request) => desk.send(broken(request)) };
  const broken = (request: Request): Request =>
    request.ask === 'edit' && request.operation.do === 'duplicate'
      ? { ...request, operation: { do: 'remove', paths: null } as unknown as Operation }
      : request;
  const design = new Design(port, text, null, (error) => said.push(error));

  const performed = [
    design.perform({ do: 'duplicate', path: 'a' }),
    design.perform({ do: 'set', path: 'a', field: ['title'], value: 'All the same' }),
  ];

  expect(await Promise.all(performed)).toEqual([false, true]);
  expect(said).toHaveLength(1);
  expect(design.text).toContain('title: All the same');
});

it('answers all who wait when the draft is lost, and says so in place of an outline', async () => {
  const said: unknown[] = [];
  let answer: (answer: Answer) => void = () => undefined;
  const port: DraftPort = {
    send: () => undefined,
    onAnswer: (listener) => (answer = listener),
    close: () => undefined,
  };
  const design = new Design(port, text, null, (error) => said.push(error));

  const performed = [design.perform({ do: 'remove', paths: ['a'] }), design.perform(() => null)];
  await Promise.resolve();
  answer({ answer: 'failed', id: null, reason: 'no script' });

  expect(await Promise.all(performed)).toEqual([false, false]);
  expect(said).toEqual([new Error('no script')]);
  expect(design.snapshot().syntax[0]?.message).toBe('no script');
  expect(await design.perform({ do: 'remove', paths: ['a'] })).toBe(false);
});

it('decides on the text as it is, not on one that could not be read meanwhile', async () => {
  const design = await designOf(text);
  const at = text.indexOf('run: y') + 5;

  design.dispatch({ changes: { from: at, insert: '"' }, userEvent: 'input.type' });
  await until(design, () => design.snapshot().syntax.length > 0);
  design.dispatch({ changes: { from: at, to: at + 1 }, userEvent: 'delete' });
  const performed = design.perform((outline) => ({ do: 'remove', paths: [outline.steps.items[0]?.path ?? ''] }));

  expect(await performed).toBe(true);
  expect(design.text).toBe('runbook: r\nsteps:\n  - id: b\n    run: y\n');
});

it('does what was asked for however much is typed meanwhile', async () => {
  const desk = localPort();
  let typed = 0;
  const port: DraftPort = {
    ...desk,
    onAnswer: (listener) =>
      desk.onAnswer((answer) => {
        if (answer.answer === 'edit' && typed++ < 8)
          design.dispatch({ changes: { from: text.indexOf('run: x') + 6, insert: 'x' }, userEvent: 'input.type' });
        listener(answer);
      }),
  };
  const design = new Design(port, text);

  expect(await design.perform({ do: 'duplicate', path: 'b' })).toBe(true);
  expect(design.text).toContain('run: xxxxxxxxx');
  expect(design.text).toContain('id: b-2');
});

it('waits for what was asked for, but not for ever', async () => {
  vi.useFakeTimers();
  const port: DraftPort = { send: () => undefined, onAnswer: () => undefined, close: () => undefined };
  const design = new Design(port, text);
  void design.perform({ do: 'remove', paths: ['a'] });
  let settled = false;

  void design.settled().then(() => (settled = true));
  await vi.advanceTimersByTimeAsync(2_900);
  expect(settled).toBe(false);
  await vi.advanceTimersByTimeAsync(200);

  expect(settled).toBe(true);
  vi.useRealTimers();
});
