import '@xyflow/react/dist/base.css';
import {
  Background,
  type EdgeTypes,
  MarkerType,
  type NodeTypes,
  type OnNodeDrag,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  ViewportPortal,
} from '@xyflow/react';
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconFocusCentered, IconMinus, IconPlus } from '@tabler/icons-react';
import { useDeferredValue, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesign, useDesignState } from '../design/useDesign';
import { ArrowView } from './ArrowView';
import { EmptyBox, GroupBox, LaneBox, StepBox } from './BoxViews';
import { Boxes, type ArrowEdge, type BoxNode, type Severity } from './boxes';
import classes from './Graph.module.css';
import { layOut, nearestSlot, type Layout, type Slot } from './layout';

const nodeTypes: NodeTypes = { step: StepBox, around: GroupBox, lane: LaneBox, empty: EmptyBox };
const edgeTypes: EdgeTypes = { arrow: ArrowView };
const edgeOptions = { markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 } };

interface Props {
  folded: ReadonlySet<string>;
  diagnostics: ReadonlyMap<string, Severity>;
  /** A step was pointed at: keys go to the tree of steps. */
  onPointed: () => void;
  onOpen: (path: string) => void;
}

/** The runbook as boxes and arrows; follows the text, and changes it when steps are dragged. */
export function Graph(props: Props) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

interface Drag {
  id: string;
  x: number;
  y: number;
  slot: Slot | null;
}

function Canvas({ folded, diagnostics, onPointed, onOpen }: Props) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  // Drawing a long runbook gives way to typing: it is cut into slices, and begun anew when there is more to draw.
  const outline = useDeferredValue(useDesignState((state) => state.shape));
  const broken = useDesignState((state) => state.syntax.length > 0);
  const selected = useDesignState((state) => state.selected);
  const [boxes] = useState(() => new Boxes());
  const [drag, setDrag] = useState<Drag | null>(null);
  const layout = useMemo(() => (outline == null ? null : layOut(outline, folded)), [outline, folded]);
  const nodes = useMemo(() => {
    const all = layout == null ? [] : boxes.nodesOf(layout, { selected, diagnostics, folded });
    return drag == null
      ? all
      : all.map((node) => (node.id === drag.id ? { ...node, position: { x: drag.x, y: drag.y }, zIndex: 1000 } : node));
  }, [layout, selected, diagnostics, folded, drag, boxes]);
  const edges = useMemo(() => (layout == null ? [] : boxes.edgesOf(layout)), [layout, boxes]);

  // Escape leaves the step where it was, whatever the pointer goes on to do.
  const given = useRef(false);
  const giveUp = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    given.current = true;
    setDrag(null);
  });
  const dragging = drag != null;
  useEffect(() => {
    if (!dragging) return undefined;
    const listen = (event: KeyboardEvent): void => giveUp(event);
    window.addEventListener('keydown', listen, { capture: true });
    return () => window.removeEventListener('keydown', listen, { capture: true });
  }, [dragging]);

  const onDrag: OnNodeDrag<BoxNode> = (_, node) => {
    if (given.current) return;
    const middle = layout == null ? null : centre(layout, node);
    const slot =
      layout == null || middle == null
        ? null
        : nearestSlot(layout.slots, middle.x, middle.y, (one) => !fits(node, one));
    setDrag({ id: node.id, ...node.position, slot });
  };
  const onDragStop: OnNodeDrag<BoxNode> = (_, node) => {
    const slot = given.current ? null : drag?.slot;
    setDrag(null);
    if (slot != null) void design.perform({ do: 'move', path: node.id, into: slot.into, index: slot.index });
  };
  const choose = (node: BoxNode): void => {
    if (node.type === 'empty') return;
    design.select(node.data.box.item?.path ?? null);
    onPointed();
  };

  return (
    <div className={classes.flow} data-broken={broken}>
      <ReactFlow<BoxNode, ArrowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        defaultEdgeOptions={edgeOptions}
        onNodeClick={(_, node) => choose(node)}
        onNodeDoubleClick={(_, node) => onOpen(node.id)}
        onNodeDragStart={(_, node) => {
          given.current = false;
          choose(node);
        }}
        onNodeDrag={onDrag}
        onNodeDragStop={onDragStop}
        onNodesChange={() => undefined}
        onPaneClick={() => design.select(null)}
        nodeDragThreshold={6}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        zoomOnDoubleClick={false}
        panOnScroll
        minZoom={0.08}
        maxZoom={1.5}
        onlyRenderVisibleElements
        defaultViewport={{ x: 0, y: 24, zoom: 0.85 }}
      >
        <Background gap={22} size={1} className={classes.ground} />
        {drag?.slot != null && (
          <ViewportPortal>
            <div
              className={classes.slot}
              data-slot
              style={{ transform: `translate(${drag.slot.x - 122}px, ${drag.slot.y - 2}px)` }}
            />
          </ViewportPortal>
        )}
        <Panel position="bottom-left">
          <Zoom />
        </Panel>
        {layout != null && <Follow layout={layout} selected={selected} />}
      </ReactFlow>
      {broken && <div className={classes.stale}>{t('graph.stale')}</div>}
    </div>
  );
}

/** Where the middle of a dragged box's upper edge is, in the coordinates of the whole. */
function centre(layout: Layout, node: BoxNode): { x: number; y: number } {
  const byId = new Map(layout.boxes.map((box) => [box.id, box]));
  let { x, y } = node.position;
  for (let parent = node.parentId; parent != null; parent = byId.get(parent)?.parent ?? undefined) {
    const box = byId.get(parent);
    x += box?.x ?? 0;
    y += box?.y ?? 0;
  }
  return { x: x + (node.width ?? 0) / 2, y: y + 10 };
}

/** A step never goes into itself, nor to where it is. */
function fits(node: BoxNode, { into }: Slot): boolean {
  return into.key !== 'parallel' && into.owner !== node.id && !into.owner.startsWith(`${node.id}/`);
}

function Zoom() {
  const { t } = useTranslation('runbooks');
  const flow = useReactFlow();
  const all = [
    { label: t('graph.zoomIn'), icon: IconPlus, run: () => void flow.zoomIn() },
    { label: t('graph.zoomOut'), icon: IconMinus, run: () => void flow.zoomOut() },
    { label: t('graph.fit'), icon: IconFocusCentered, run: () => void flow.fitView({ padding: 0.08, maxZoom: 1 }) },
  ];
  return (
    <ActionIcon.Group>
      {all.map(({ label, icon: Icon, run }) => (
        <Tooltip key={label} label={label}>
          <ActionIcon variant="default" size="md" aria-label={label} onClick={run}>
            <Icon size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      ))}
    </ActionIcon.Group>
  );
}

/** The smallest size at which the boxes' texts can be read. */
const legible = 0.75;

/** Begins with the first steps, legible; keeps the selected step in view when it was selected elsewhere. */
function Follow({ layout, selected }: { layout: Layout; selected: string | null }) {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const measured = width > 0 && height > 0;

  const begin = useEffectEvent(() => {
    const zoom = Math.max(legible, Math.min(1, (width - 48) / layout.width));
    // What is too wide begins at its beginning, and is not cut on both sides.
    void flow.setViewport({ x: Math.max(24, (width - layout.width * zoom) / 2), y: 24, zoom });
  });
  const reveal = useEffectEvent((path: string, duration: number) => {
    const byId = new Map(layout.boxes.map((box) => [box.id, box]));
    const box = byId.get(path);
    if (box == null) return;
    let [x, y] = [0, 0];
    for (let at: typeof box | undefined = box; at != null; at = at.parent == null ? undefined : byId.get(at.parent)) {
      x += at.x;
      y += at.y;
    }
    const { x: left, y: top, zoom } = flow.getViewport();
    const shown = {
      x: x * zoom + left,
      y: y * zoom + top,
      width: Math.min(box.width, 280) * zoom,
      height: Math.min(box.height, 90) * zoom,
    };
    const middle = shown.x + (box.width * zoom) / 2;
    const inside = middle > 40 && middle < width - 40 && shown.y >= 0 && shown.y + shown.height <= height;
    if (inside) return;
    const next = Math.max(zoom, legible);
    const tall = Math.min(box.height, height / next - 40);
    void flow.setCenter(x + box.width / 2, y + tall / 2, { zoom: next, duration });
  });

  useEffect(() => {
    if (!measured) return;
    begin();
  }, [measured]);
  // Where a selected step went when others were put before it is seen without moving the view at each keystroke.
  useEffect(() => {
    if (measured && selected != null) reveal(selected, 0);
  }, [selected, measured]);
  return null;
}
