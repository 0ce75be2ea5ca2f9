import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import list from '../ui/List.module.css';
import { money } from '../ui/money';
import { Moment } from '../ui/Moment';
import { useStateWord } from '../night/colocation';
import { useKinds } from '../night/kinds';
import classes from './Fleet.module.css';
import { phaseOf } from './Lanes';

/** The lanes as a table, with a link to whoever holds it; drawn once it is opened. */
export function LanesInWords({ ledger }: { ledger: Schema<'TimelineResponse'> }) {
  const { t } = useTranslation('fleet');
  const [open, setOpen] = useState(false);
  return (
    <details className={classes.words} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('ledger.words')}</summary>
      {open && <Table ledger={ledger} />}
    </details>
  );
}

function Table({ ledger }: { ledger: Schema<'TimelineResponse'> }) {
  const { t } = useTranslation('fleet');
  const word = useStateWord();
  const kindOf = useKinds();
  const rows = [
    ...ledger.lanes
      .filter((lane) => lane.group == null)
      .flatMap((lane) =>
        lane.spans.map((span) => ({
          ...span,
          what: lane.cluster,
          state: word(span.state, kindOf(lane.cluster)),
          machines: span.nodes,
          cost: money(span.cost, ledger.currency) as string | null,
        })),
      ),
    ...ledger.units.flatMap((lane) =>
      lane.spans.map((span) => ({
        ...span,
        what: lane.unit,
        state: t(`ledger.${phaseOf(span.phase)}`),
        machines: lane.hosts,
        run: lane.run,
        path: lane.path,
        cost: null,
      })),
    ),
  ];
  return (
    <div className={classes.scroll}>
      <table className={classes.figures}>
        <thead>
          <tr>
            {(['what', 'state', 'machines', 'from', 'to', 'cost', 'by'] as const).map((name) => (
              <th key={name}>{t(`ledger.${name}`)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.what} ${row.state} ${row.from} ${row.run} ${row.path} ${row.machines}`}>
              <th scope="row">{row.what}</th>
              <td>{row.state}</td>
              <td>{row.machines}</td>
              <td>
                <Moment at={row.from} as="full" />
              </td>
              <td>{row.open ? t('ledger.still') : <Moment at={row.to} as="full" />}</td>
              <td className={list.end}>{row.cost}</td>
              <td>
                <Link to="/runs/$id" params={{ id: row.run }} search={{ step: row.path }}>
                  {row.path}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
