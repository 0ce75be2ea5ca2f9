import '@xyflow/react/dist/style.css';
import { Skeleton, Text } from '@mantine/core';
import { useMantineColorScheme } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Background, Controls, MiniMap, ReactFlow, useReactFlow, ReactFlowProvider, useStoreApi } from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { Problem } from '../../api/problem';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { lookOf, statusOf } from '../../ui/status';
import { graphQuery } from '../queries';
import { layOut } from './elk';
import { type FlowEdge, flowOf, type FlowStep } from './flow';
import { elkOf, treeOf } from './layout';
import classes from './RunGraph.module.css';
import { LaneNode, StepNode } from './StepNode';
import { TurningEdge } from './TurningEdge';

const nodeTypes = { step: StepNode, lane: LaneNode };
const edgeTypes = { turning: TurningEdge };

interface Layout {
  nodes: FlowStep[];
  edges: FlowEdge[];
}

interface Props {
  run: string;
  selected: string | null;
  select: (path: string) => void;
}

/** A run as the graph of the runbook that it pinned, live. */
export default function RunGraph(props: Props) {
  const { t } = useTranslation('runs');
  const { data, error, refetch } = useQuery(graphQuery(props.run));
  if (error instanceof Problem && error.status === 404)
    return (
      <div className={classes.note}>
        <Text c="dimmed" size="sm" maw={420} ta="center">
          {t('graph.none')}
        </Text>
      </div>
    );
  if (error != null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (data == null) return <Skeleton h="100%" mih={360} aria-label={t('graph.layout')} />;
  return (
    <ReactFlowProvider>
      <Flow {...props} answers={data.nodes} />
    </ReactFlowProvider>
  );
}

function Flow({ selected, select, answers }: Props & { answers: Schema<'GraphNodeResponse'>[] }) {
  const { t } = useTranslation('runs');
  const { colorScheme } = useMantineColorScheme();
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const laidOut = useLayout(answers, narrow);
  const graphStep = selected == null ? null : nodeOf(selected, answers);
  const nodes = useMemo(() => {
    const current = new Map(answers.map((answer) => [answer.path, answer]));
    return (laidOut?.nodes ?? []).map((node) => ({
      ...node,
      selected: node.id === graphStep,
      data: { ...node.data, answer: current.get(node.id) ?? node.data.answer },
    }));
  }, [laidOut, answers, graphStep]);
  useFirstView(laidOut, answers, narrow);

  if (laidOut == null) return <Skeleton h="100%" mih={360} aria-label={t('graph.layout')} />;
  return (
    <div className={classes.flow} data-own-keys>
      <ReactFlow
        nodes={nodes}
        edges={laidOut.edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        colorMode={colorScheme === 'auto' ? 'system' : colorScheme}
        aria-label={t('graph.label')}
        minZoom={0.1}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        onlyRenderVisibleElements={nodes.length > 150}
        proOptions={{ hideAttribution: true }}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        onNodeClick={(_, node) => select(stepOfNode(node.id))}
        onSelectionChange={({ nodes: [only, ...others] }) => {
          // Enter on a node that has the focus; a click comes here too, with the same node.
          if (only != null && others.length === 0 && only.id !== graphStep) select(stepOfNode(only.id));
        }}
      >
        <Background gap={24} size={1} />
        <Controls showInteractive={false} />
        {!narrow && nodes.length > 12 && (
          <MiniMap pannable zoomable ariaLabel={null} nodeColor={toneOfNode} nodeStrokeWidth={0} />
        )}
      </ReactFlow>
    </div>
  );
}

const legible = 0.62;

/**
 * The whole graph where it can be read so; else what is active, at a size that can be read, with the rest on the small map.
 * A narrow page shows the graph as wide as it is itself: the rest is above and below.
 */
function useFirstView(laidOut: Layout | null, answers: Schema<'GraphNodeResponse'>[], narrow: boolean): void {
  const { fitView, getZoom, setCenter, getNodesBounds } = useReactFlow();
  const store = useStoreApi();
  useEffect(() => {
    if (laidOut == null) return;
    void fitView({ padding: 0.04, maxZoom: 1 }).then(() => {
      if (getZoom() >= legible) return;
      const places = placesOf(laidOut.nodes);
      const active =
        answers.findLast((answer) => answer.startedAt != null && answer.endedAt == null && leaves.has(answer.kind)) ??
        answers.findLast((answer) => answer.startedAt != null && leaves.has(answer.kind)) ??
        answers[0];
      const place = active == null ? undefined : places.get(active.path);
      if (place == null) return;
      const { width, height } = store.getState();
      const whole = getNodesBounds(laidOut.nodes.filter(({ parentId }) => parentId == null));
      const zoom = narrow ? Math.min(1, Math.max(legible, width / (whole.width + 2 * margin))) : legible + 0.1;
      // Nothing of the page is left empty while there is more of the graph on the other side.
      const x = within(place.x, whole.x, whole.x + whole.width, width / zoom);
      const y = within(place.y, whole.y, whole.y + whole.height, height / zoom);
      void setCenter(x, y, { zoom });
    });
    // Only when the graph is there: afterwards the view is the reader's.
  }, [laidOut, narrow, fitView, getZoom, setCenter, getNodesBounds, store]); // eslint-disable-line react-hooks/exhaustive-deps
}

const margin = 24;

/** A middle of what is seen, so that it stays between the ends; the middle of both when all can be seen. */
function within(middle: number, from: number, to: number, seen: number): number {
  const [least, most] = [from - margin + seen / 2, to + margin - seen / 2];
  return least > most ? (from + to) / 2 : Math.min(most, Math.max(least, middle));
}

const leaves = new Set(['run', 'approval', 'wait', 'runbook']);

/** The middle of each node on the whole canvas; a node's own position is within its parent. */
function placesOf(nodes: FlowStep[]): Map<string, { x: number; y: number }> {
  const corners = new Map<string, { x: number; y: number }>();
  const middles = new Map<string, { x: number; y: number }>();
  for (const node of nodes) {
    const parent = node.parentId == null ? { x: 0, y: 0 } : (corners.get(node.parentId) ?? { x: 0, y: 0 });
    const corner = { x: parent.x + node.position.x, y: parent.y + node.position.y };
    corners.set(node.id, corner);
    middles.set(node.id, { x: corner.x + (node.width ?? 0) / 2, y: corner.y + (node.height ?? 0) / 2 });
  }
  return middles;
}

function toneOfNode(node: FlowStep): string {
  const { tone } = lookOf(statusOf(node.data.answer.status));
  return node.type === 'lane' ? `color-mix(in srgb, var(--tone-${tone}) 18%, transparent)` : `var(--tone-${tone})`;
}

/** Lays out anew only when the shape changes: states come and go without anything moving. */
function useLayout(answers: Schema<'GraphNodeResponse'>[], narrow: boolean): Layout | null {
  const shape = answers.map((answer) => answer.path).join('\n');
  const [laidOut, setLaidOut] = useState<Layout | null>(null);
  useEffect(() => {
    let wanted = true;
    const roots = treeOf(answers);
    void layOut(elkOf(roots, narrow)).then((graph) => {
      if (wanted) setLaidOut(flowOf(graph, roots, narrow));
    });
    return () => {
      wanted = false;
    };
  }, [shape, narrow]); // eslint-disable-line react-hooks/exhaustive-deps
  return laidOut;
}

/** A node within a loop stands for all its iterations: the loop is what can be opened. */
function stepOfNode(id: string): string {
  const star = id.indexOf('/*');
  return star < 0 ? id : id.slice(0, star);
}

/** The node that shows a step: its own, or the one of all iterations together. */
function nodeOf(path: string, answers: Schema<'GraphNodeResponse'>[]): string | null {
  if (answers.some((answer) => answer.path === path)) return path;
  const segments = path.split('/');
  const found = answers.find((answer) => {
    const own = answer.path.split('/');
    return (
      own.length === segments.length && own.every((segment, index) => segment === '*' || segment === segments[index])
    );
  });
  return found?.path ?? null;
}
