import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle, IconBox, IconCircleCheck, IconRoute, IconServer2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { Card } from '../ui/Card';
import { Empty } from '../ui/Empty';
import list from '../ui/List.module.css';
import { money } from '../ui/money';
import { Moment } from '../ui/Moment';
import { useStateWord } from '../night/colocation';
import { wholeNumber } from '../night/figures';
import { isPhase } from '../night/phases';
import classes from './Emergency.module.css';
import { byRank, isCurrent } from './readiness';

type Plan = Schema<'EmergencyPlan'>;
type Line = Schema<'EmergencyLine'>;

const icons = { traffic: IconRoute, unit: IconBox, cluster: IconServer2 } as const;
type Kind = keyof typeof icons;
const kindOf = (line: Line): Kind => (line.kind in icons ? (line.kind as Kind) : 'cluster');

/** What comes down, in which order, and what that saves: of the plan that counts, or of the one that could be made now. */
export function PlanCard({ answer }: { answer: Schema<'EmergencyResponse'> }) {
  const { t } = useTranslation('emergency');
  const kept = isCurrent(answer.plan) ? answer.plan : null;
  const plan = kept?.content ?? answer.now;
  return (
    <Card flush title={t(kept == null ? 'plan.nowTitle' : 'plan.title')}>
      <div className={classes.about}>
        {kept == null ? (
          <span>{t('plan.nowHint')}</span>
        ) : (
          <span>
            {t('plan.by', { name: kept.by })}, <Moment at={kept.at} as="relative" /> · {t('plan.good')}{' '}
            <Moment at={kept.validUntil} as="full" />
          </span>
        )}
        <span>
          {t('plan.scope')}: <ScopeText scope={plan.scope} /> · {t('plan.runbook', { name: plan.runbook })}{' '}
          <code>{plan.digest.slice(0, 12)}</code>
        </span>
      </div>
      {kept?.suggested != null && (
        <Alert m="sm" p="xs" color="orange" variant="light" icon={<IconAlertTriangle aria-hidden />}>
          <Text size="sm">
            {t('plan.suggested')} <Moment at={kept.suggested.at} as="full" />: {kept.suggested.reason}
          </Text>
        </Alert>
      )}
      {kept != null && kept.changed.length > 0 && (
        <Alert m="sm" p="xs" color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden />}>
          <Text size="sm">
            {t('plan.changed', { count: kept.changed.length })} {t('plan.remake')}
          </Text>
          <ul className={classes.changes}>
            {kept.changed.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </Alert>
      )}
      {plan.lines.length === 0 ? (
        <Empty icon={IconCircleCheck} title={t('plan.empty')}>
          {t('plan.emptyHint')}
        </Empty>
      ) : (
        <>
          <Saves plan={plan} />
          {plan.home != null && (
            <Alert m="sm" p="xs" color={plan.home.sharePercent < 100 ? 'red' : 'green'} variant="light">
              <Text size="sm">
                {t(plan.home.sharePercent < 100 ? 'home.short' : 'home.carries', {
                  share: plan.home.sharePercent,
                  demand: wholeNumber(plan.home.demand),
                  carries: wholeNumber(plan.home.carries),
                })}
              </Text>
            </Alert>
          )}
          <Lines plan={plan} />
          {plan.keeps != null && plan.keeps.length > 0 && (
            <div className={classes.about}>
              <span>
                {t('plan.keeps')}: {plan.keeps.join(', ')}
              </span>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

function ScopeText({ scope }: { scope: Plan['scope'] }) {
  const { t } = useTranslation('emergency');
  const { clusters, units } = scope;
  if (clusters.length === 0 && units.length === 0) return t('plan.everything');
  return [
    clusters.length === 0 ? t('plan.allClusters') : t('plan.clustersOnly', { names: clusters.join(', ') }),
    units.length === 0 ? t('plan.allUnits') : t('plan.unitsOnly', { names: units.join(', ') }),
  ].join(', ');
}

function Saves({ plan }: { plan: Plan }) {
  const { t } = useTranslation('emergency');
  return (
    <dl className={classes.saves} aria-label={t('saves.title')}>
      <div>
        <dd>{money(plan.saves.costPerHour, plan.currency)}</dd>
        <dt>{t('saves.cost')}</dt>
      </div>
      <div>
        <dd>{plan.saves.hosts}</dd>
        <dt>{t('saves.hosts')}</dt>
      </div>
      <div>
        <dd>{plan.saves.nodes}</dd>
        <dt>{t('saves.nodes')}</dt>
      </div>
    </dl>
  );
}

function Lines({ plan }: { plan: Plan }) {
  const { t } = useTranslation('emergency');
  return byRank(plan.lines).map(({ rank, lines }) => (
    <section key={rank} className={classes.rank} aria-label={t('rank.title', { rank })}>
      <h3>
        <span className={classes.number} aria-hidden>
          {rank}
        </span>
        {t(`rank.${kindOf(lines[0] as Line) === 'traffic' ? 'traffic' : 'rest'}`)}
      </h3>
      <table className={list.table}>
        <colgroup>
          <col style={{ width: '18%' }} />
          <col style={{ width: '38%' }} />
          <col style={{ width: '16%' }} />
          <col style={{ width: '10%' }} />
          <col />
        </colgroup>
        <thead className="visually-hidden">
          <tr>
            <th>{t('line.what')}</th>
            <th>{t('line.from')}</th>
            <th>{t('line.to')}</th>
            <th>{t('line.machines')}</th>
            <th>{t('line.cost')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={`${line.kind} ${line.id}`} line={line} currency={plan.currency} />
          ))}
        </tbody>
      </table>
    </section>
  ));
}

function Row({ line, currency }: { line: Line; currency: string }) {
  const { t } = useTranslation('emergency');
  const kind = kindOf(line);
  const Icon = icons[kind];
  const say = useLineWords();
  return (
    <tr>
      <td>
        <span className={classes.what}>
          <Icon size={15} aria-hidden /> <strong>{kind === 'traffic' ? t('line.traffic') : line.id}</strong>
        </span>
      </td>
      <td>{say(line.from)}</td>
      <td>
        <span aria-hidden>→ </span>
        {say(line.to)}
      </td>
      <td className={list.end}>{line.machines > 0 && `${line.machines} ×`}</td>
      <td className={list.end}>{line.costPerHour > 0 && `${money(line.costPerHour, currency)} / h`}</td>
    </tr>
  );
}

/** What the server says of a line, with states and phases in the reader's words. */
function useLineWords(): (said: string) => string {
  const { t } = useTranslation('emergency');
  const { t: wall } = useTranslation('night');
  const state = useStateWord();
  const word = (one: string) => (isPhase(one) ? wall(`units.phase.${one}`) : state(one));
  return (said) => {
    const away = /^(\d+) % away: (.*)$/.exec(said);
    if (away != null) return t('line.away', { share: away[1], where: away[2] });
    if (said === '100 % home') return t('line.home');
    if (said === 'no hosts, data kept') return t('line.kept');
    if (/^[a-z-]+$/.test(said)) return word(said);
    return said.replace(/(\d+) nodes ([a-z-]+)/g, (_, count: string, one: string) =>
      t('line.nodes', { count: Number(count), state: state(one) }),
    );
  };
}
