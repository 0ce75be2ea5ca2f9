import { MantineProvider } from '@mantine/core';
import { render, screen, within } from '@testing-library/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { afterEach, describe, expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { changeLanguage } from '../i18n/i18n';
import { Figures } from './Figures';
import { Totals } from './Totals';
import './texts';

const report = {
  from: '2026-11-10T20:00:00+08:00',
  to: '2026-11-11T02:00:00+08:00',
  currency: 'CNY',
  priceSource: 'made up',
  clusters: [],
  units: [],
  orders: null,
  costByResource: [
    { resource: 'hosts', hours: 9, incremental: true, cost: 90 },
    { resource: 'database', hours: 3.3, incremental: true, cost: null },
    { resource: 'lent-nodes', hours: 4.25, incremental: false, cost: 25.5 },
  ],
  baselines: [
    { id: 'without-lending', machines: 4, cost: null, costPer10000Orders: null },
    { id: 'owned-machines', machines: 4, cost: 52_560, costPer10000Orders: null },
  ],
  totals: {
    resourceHoldingHours: 13,
    notOnlineHours: 9,
    holdingByHost: { hosts: 7, meanSeconds: 11_914, shortestSeconds: 8_400, longestSeconds: 13_200 },
    cost: 115.5,
    incrementalCost: 90,
    nodesMoved: 8,
  },
  unknown: {
    'totals.cost': 'without the cost of database, which is not known: it was at least this',
    'totals.orders': 'the order counters were read once, and an increase needs two readings',
    'totals.costPer10000Orders': 'the order counters were read once, and an increase needs two readings',
  },
} as unknown as Schema<'FleetReport'>;

function show(shown: Schema<'FleetReport'>): void {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider>
        <Totals report={shown} />
        <Figures report={shown} />
      </MantineProvider>
    </QueryClientProvider>,
  );
}

/** The element around a text. */
function around(text: string, element: 'div' | 'tr'): HTMLElement {
  const found = screen.getByText(text).closest<HTMLElement>(element);
  if (found == null) throw new Error(`${text} stands in no ${element}`);
  return found;
}

const figure = (name: string) => around(name, 'div');

afterEach(() => changeLanguage('en'));

describe('the figures of a report', () => {
  it('say that they are not known and why, and never 0', () => {
    show(report);

    expect(figure('orders accepted').textContent).toContain('not known');
    expect(figure('orders accepted').title).toContain('needs two readings');
    expect(figure('cost so far').textContent).toContain('at least');
    expect(figure('held by a host on average').textContent).toContain('3 h 18 m');
    expect(within(around('databases', 'tr')).getByText('not known')).toBeTruthy();
    expect(screen.getByText('totals.costPer10000Orders')).toBeTruthy();
  });

  it('stand beside what the night would have cost otherwise, in Chinese too', () => {
    changeLanguage('zh');
    show({ ...report, unknown: {} });

    expect(around('全部自有机器', 'tr').textContent).toContain('52,560');
    expect(around('借出节点', 'tr').textContent).toContain('否：自有，按用量分摊');
    expect(screen.queryByText('未知的指标')).toBeNull();
  });

  it('show orders by destination and outcome', () => {
    show({
      ...report,
      orders: {
        from: report.from,
        to: report.to,
        accepted: 3600,
        rejected: 15,
        readings: 4,
        failedReadings: 1,
        byDestination: [
          { destination: 'cloud-1', byOutcome: { accepted: 1900 } },
          { destination: 'home', byOutcome: { accepted: 1100, rejected: 15 } },
        ],
      },
    });

    const cells = (row: string) => [...around(row, 'tr').querySelectorAll('td')].map((cell) => cell.textContent);
    expect(cells('cloud-1')).toEqual(['cloud-1', '1,900', '–']);
    expect(cells('home')).toEqual(['home', '1,100', '15']);
  });
});
