import ELK from 'elkjs/lib/elk.bundled.js';
import { expect, it } from 'vitest';
import { flowOf } from './flow';
import { elkOf, leafSize, treeOf } from './layout';
import { node } from './testing';

const answers = [
  node('night', 'try'),
  node('night/each', 'forEach'),
  node('night/each/*', 'iteration'),
  node('night/each/*/shift'),
  node('night/each/*/look'),
  node('night/both', 'parallel'),
  node('night/both/x', 'branch'),
  node('night/both/x/a'),
  node('night/both/y', 'branch'),
  node('night/both/y/b'),
  node('night/fix', 'run', 'catch'),
  node('night/tell', 'run', 'finally'),
];

it('takes iterations into their loops', () => {
  const [night] = treeOf(answers);

  expect(night?.children.map((child) => child.answer.path)).toEqual([
    'night/each',
    'night/both',
    'night/fix',
    'night/tell',
  ]);
  expect(night?.children[0]?.children.map((child) => child.answer.path)).toEqual([
    'night/each/*/shift',
    'night/each/*/look',
  ]);
});

it('lays every step out within its block, and leads from each to the next', async () => {
  const roots = treeOf(answers);
  const { nodes, edges } = flowOf(await new ELK().layout(elkOf(roots)), roots);

  expect(nodes.map((one) => one.id).toSorted()).toEqual(
    answers
      .map((answer) => answer.path)
      .filter((path) => !path.endsWith('*'))
      .toSorted(),
  );
  expect(edges.map((edge) => `${edge.source} > ${edge.target}`).toSorted()).toEqual([
    'night/both > night/fix',
    'night/both > night/tell',
    'night/each > night/both',
    'night/each/*/shift > night/each/*/look',
  ]);
  for (const one of nodes) {
    const parent = nodes.find((candidate) => candidate.id === one.parentId);
    if (parent == null) continue;
    expect(one.position.x + (one.width ?? 0)).toBeLessThanOrEqual(parent.width ?? 0);
    expect(one.position.y + (one.height ?? 0)).toBeLessThanOrEqual(parent.height ?? 0);
  }
});

it('puts what follows below what it follows on a narrow page', async () => {
  const roots = treeOf(answers);
  const { nodes, edges } = flowOf(await new ELK().layout(elkOf(roots, true)), roots, true);
  const at = new Map(nodes.map((one) => [one.id, one]));

  for (const { source, target } of edges) {
    const from = at.get(source);
    expect((from?.position.y ?? 0) + (from?.height ?? 0)).toBeLessThan(at.get(target)?.position.y ?? 0);
  }
  expect(edges.map(({ type }) => type)).not.toContain('turning');
  expect(at.get('night')?.width).toBeLessThan(2.5 * leafSize.width);
});
