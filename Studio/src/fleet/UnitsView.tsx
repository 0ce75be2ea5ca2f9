import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { Card } from '../ui/Card';
import list from '../ui/List.module.css';
import { ProblemNotice } from '../ui/ProblemNotice';
import { useRows } from '../ui/useRows';
import { wallQuery } from '../night/queries';
import { Units } from '../night/Units';
import classes from './Fleet.module.css';
import { phaseWord } from '../night/phases';
import { UnitCard } from './UnitCard';

interface Props {
  chosen: string | undefined;
  choose: (unit: string | undefined) => void;
}

/** The trading units by life cycle, and one of them with its lives, inspections and resources. */
export function UnitsView({ chosen, choose }: Props) {
  const { data: wall, error, refetch } = useQuery(wallQuery(useIdentity()));
  if (error != null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (wall == null) return <Skeleton height={300} radius={10} />;
  return (
    <>
      <Units units={wall.units} />
      {wall.units.length > 0 && (
        <div className={classes.units}>
          <UnitList units={wall.units} chosen={chosen} />
          <UnitCard key={chosen} unit={chosen} close={() => choose(undefined)} />
        </div>
      )}
    </>
  );
}

function UnitList({ units, chosen }: { units: Schema<'WallUnit'>[]; chosen: string | undefined }) {
  const { t } = useTranslation('fleet');
  const { t: wall } = useTranslation('night');
  const { rowProps } = useRows(units.length);
  return (
    <Card flush title={t('unit.list')}>
      <table className={list.table}>
        <thead>
          <tr>
            <th>{t('unit.unit')}</th>
            <th>{t('unit.phase')}</th>
            <th className={list.end}>{t('unit.hosts')}</th>
            <th className={list.end}>{t('unit.weight')}</th>
          </tr>
        </thead>
        <tbody>
          {units.map((unit, index) => (
            <tr key={unit.id} {...rowProps(index)} data-current={unit.id === chosen || undefined}>
              <td>
                <Link to="/fleet" search={(before) => ({ ...before, view: 'units' as const, unit: unit.id })}>
                  {unit.id}
                </Link>
              </td>
              <td>{phaseWord(unit.phase, wall)}</td>
              <td className={list.end} data-wide>
                {unit.hosts}
              </td>
              <td className={list.end}>{unit.weight > 0 ? `${unit.weight} %` : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
