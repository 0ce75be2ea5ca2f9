import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { graphQuery } from '../runs/queries';
import classes from './ApprovalCard.module.css';

const shown = 14;

/** What a run does after the decision: the activities that follow the approval in its runbook. */
export function NextSteps({ run, path }: { run: string; path: string }) {
  const { t } = useTranslation('approvals');
  const { data } = useQuery(graphQuery(run));
  if (data == null) return null;
  const at = data.nodes.findIndex((node) => node.path === path);
  const next = data.nodes
    .slice(at + 1)
    .filter((node) => node.activity != null || node.runbook != null || node.kind === 'approval');
  return (
    <div>
      <Text size="sm" fw={600}>
        {t('touchesHint')}
      </Text>
      <ol className={classes.steps}>
        {next.slice(0, shown).map((node) => (
          <li key={node.path}>
            {node.title ?? titleAbove(node.parent, data.nodes) ?? node.id}{' '}
            <Text span size="xs" c="dimmed" ff="monospace">
              {node.activity ?? node.runbook ?? node.kind}
            </Text>
          </li>
        ))}
      </ol>
      {next.length > shown && (
        <Text size="sm" c="dimmed">
          +{next.length - shown}
        </Text>
      )}
    </div>
  );
}

/** The title of the nearest enclosing step that has one. */
function titleAbove(
  path: string | null | undefined,
  nodes: { path: string; parent?: string | null; title?: string | null }[],
): string | null {
  const node = nodes.find((candidate) => candidate.path === path);
  return node == null ? null : (node.title ?? titleAbove(node.parent, nodes));
}
