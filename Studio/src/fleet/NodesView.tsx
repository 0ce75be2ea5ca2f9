import { Button, Group, Select, Skeleton, Switch } from '@mantine/core';
import { IconServer2, IconZoomQuestion } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import list from '../ui/List.module.css';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { toneOf, useStateWord } from '../night/colocation';
import { wallQuery } from '../night/queries';
import classes from './Fleet.module.css';
import { NodeGrid } from './NodeGrid';
import { byZone, tally, type Zone } from './nodeMap';
import { nodeMapQuery } from './queries';
import type { FleetSearch } from './search';

interface Props {
  search: FleetSearch;
  change: (next: FleetSearch) => void;
}

/** The nodes of one cluster as a map by zone and state, and the same in figures. */
export function NodesView({ search, change }: Props) {
  const { t } = useTranslation('fleet');
  const { data: wall, error, refetch } = useQuery(wallQuery(useIdentity()));
  const cluster = search.cluster ?? wall?.clusters[0]?.id;
  if (error != null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (wall == null) return <Skeleton height={420} radius={10} />;
  if (cluster == null)
    return (
      <Card flush>
        <Empty icon={IconServer2} title={t('map.noneTitle')}>
          {t('map.none')}
        </Empty>
      </Card>
    );
  return (
    <Nodes
      search={search}
      change={change}
      cluster={cluster}
      kind={wall.clusters.find((one) => one.id === cluster)?.kind}
      clusters={wall.clusters.map((one) => one.id)}
    />
  );
}

function Nodes({
  search,
  change,
  cluster,
  kind,
  clusters,
}: Props & { cluster: string; kind: string | null | undefined; clusters: string[] }) {
  const { t } = useTranslation('fleet');
  const word = useStateWord();
  const { data: map, error, refetch } = useQuery(nodeMapQuery(cluster));
  const { state, zone, down } = search;
  const zones = useMemo(() => (map == null ? [] : byZone(map, { state, zone, down })), [map, state, zone, down]);
  return (
    <>
      <Group role="search" gap="xs">
        <Select
          size="xs"
          w={180}
          aria-label={t('map.cluster')}
          data={clusters.includes(cluster) ? clusters : [cluster, ...clusters]}
          value={cluster}
          searchable
          allowDeselect={false}
          onChange={(next) => change({ cluster: next ?? undefined, zone: undefined })}
        />
        <Select
          size="xs"
          w={180}
          clearable
          aria-label={t('map.state')}
          placeholder={t('map.allStates')}
          data={map?.states.map((value) => ({ value, label: word(value, kind) })) ?? []}
          value={state ?? null}
          onChange={(next) => change({ state: next ?? undefined })}
        />
        <Select
          size="xs"
          w={180}
          clearable
          aria-label={t('map.zone')}
          placeholder={t('map.allZones')}
          data={map?.zones ?? []}
          value={zone ?? null}
          onChange={(next) => change({ zone: next ?? undefined })}
        />
        <Switch
          size="xs"
          label={t('map.down')}
          checked={down === true}
          onChange={(event) => change({ down: event.currentTarget.checked || undefined })}
        />
      </Group>
      {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {map == null && error == null && <Skeleton height={360} radius={10} />}
      {map != null && zones.length === 0 && (
        <Card flush>
          <Empty
            icon={IconZoomQuestion}
            title={t('map.nothingTitle')}
            action={
              <Button
                size="xs"
                variant="default"
                onClick={() => change({ state: undefined, zone: undefined, down: undefined })}
              >
                {t('map.clear')}
              </Button>
            }
          >
            {t('map.nothing')}
          </Empty>
        </Card>
      )}
      {map != null && zones.length > 0 && (
        <>
          <div className={classes.zones}>
            {zones.map((one) => (
              <Card
                key={one.name ?? ''}
                title={one.name ?? t('map.noZone')}
                aside={<span className={classes.count}>{t('map.count', { count: one.nodes.length })}</span>}
              >
                <NodeGrid map={map} zone={one} kind={kind} />
              </Card>
            ))}
          </div>
          <InFigures map={map} zones={zones} kind={kind} />
        </>
      )}
    </>
  );
}

function InFigures({ map, zones, kind }: { map: Schema<'NodeMapResponse'>; zones: Zone[]; kind?: string | null }) {
  const { t } = useTranslation('fleet');
  const word = useStateWord();
  const { states, rows } = tally(map, zones);
  return (
    <Card
      flush
      title={t('map.words')}
      aside={
        <span className={classes.count}>
          {t('map.read')} <Moment at={map.at} />
        </span>
      }
    >
      <div className={classes.scroll}>
        <table className={classes.figures}>
          <thead>
            <tr>
              <th>{t('map.zone')}</th>
              <th className={list.end}>{t('map.all')}</th>
              {states.map((state) => (
                <th key={state} className={list.end} data-tone={toneOf(state, state == null ? null : kind)}>
                  <i aria-hidden className={classes.dot} />
                  {state == null ? t('map.noState') : word(state, kind)}
                </th>
              ))}
              <th className={list.end}>
                <i aria-hidden className={classes.struck} />
                {t('map.notReady')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.zone ?? ''}>
                <th scope="row">{row.zone ?? t('map.noZone')}</th>
                <td className={list.end}>{row.all}</td>
                {row.counts.map((count, index) => (
                  <td key={states[index]} className={list.end}>
                    {count}
                  </td>
                ))}
                <td className={list.end}>{row.down}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
