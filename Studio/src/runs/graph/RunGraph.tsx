import '@xyflow/react/dist/style.css';
import { Skeleton, Text } from '@mantine/core';
import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Background, Controls, type Edge, MiniMap, ReactFlow, useReactFlow, ReactFlowProvider } from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { Problem } from '../../api/problem';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { graphQuery } from '../queries';
import { layOut } from './elk';
import { flowOf, type FlowStep } from './flow';
import { elkOf, treeOf } from './layout';
import classes from './RunGraph.module.css';
import { LaneNode, StepNode } from './StepNode';

const nodeTypes = { step: StepNode, lane: LaneNode };

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

function Flow({ selected, select, answers }: Props & { answers: Schema<'GraphNodeAnswer'>[] }) {
  const { t } = useTranslation('runs');
  const { colorScheme } = useMantineColorScheme();
  const laidOut = useLayout(answers);
  const { fitView } = useReactFlow();
  const graphStep = selected == null ? null : nodeOf(selected, answers);
  const nodes = useMemo(() => {
    const current = new Map(answers.map((answer) => [answer.path, answer]));
    return (laidOut?.nodes ?? []).map((node) => ({
      ...node,
      selected: node.id === graphStep,
      data: { ...node.data, answer: current.get(node.id) ?? node.data.answer },
    }));
  }, [laidOut, answers, graphStep]);
  useEffect(() => {
    if (laidOut != null) void fitView({ padding: 0.06, maxZoom: 1 });
  }, [laidOut, fitView]);

  if (laidOut == null) return <Skeleton h="100%" mih={360} aria-label={t('graph.layout')} />;
  return (
    <div className={classes.flow} data-own-keys>
      <ReactFlow
        nodes={nodes}
        edges={laidOut.edges}
        nodeTypes={nodeTypes}
        colorMode={colorScheme === 'auto' ? 'system' : colorScheme}
        aria-label={t('graph.label')}
        minZoom={0.1}
        maxZoom={1.6}
        fitView
        fitViewOptions={{ padding: 0.06, maxZoom: 1 }}
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
        {nodes.length > 40 && <MiniMap pannable zoomable ariaLabel={null} />}
      </ReactFlow>
    </div>
  );
}

/** Lays out anew only when the shape changes: states come and go without anything moving. */
function useLayout(answers: Schema<'GraphNodeAnswer'>[]): { nodes: FlowStep[]; edges: Edge[] } | null {
  const shape = answers.map((answer) => answer.path).join('\n');
  const [laidOut, setLaidOut] = useState<{ nodes: FlowStep[]; edges: Edge[] } | null>(null);
  useEffect(() => {
    let wanted = true;
    const roots = treeOf(answers);
    void layOut(elkOf(roots)).then((graph) => {
      if (wanted) setLaidOut(flowOf(graph, roots));
    });
    return () => {
      wanted = false;
    };
  }, [shape]); // eslint-disable-line react-hooks/exhaustive-deps
  return laidOut;
}

/** A node within a loop stands for all its iterations: the loop is what can be opened. */
function stepOfNode(id: string): string {
  const star = id.indexOf('/*');
  return star < 0 ? id : id.slice(0, star);
}

/** The node that shows a step: its own, or the one of all iterations together. */
function nodeOf(path: string, answers: Schema<'GraphNodeAnswer'>[]): string | null {
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
