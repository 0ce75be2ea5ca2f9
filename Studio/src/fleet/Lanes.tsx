import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { ticksOf } from '../runs/timelineModel';
import { money } from '../ui/money';
import type { Tone } from '../ui/status';
import { dayOf, fullTime, timeOfDay, useZone } from '../ui/time';
import { colocationStates, isHome, stateTone, toneOf, useStateWord } from '../night/colocation';
import { useKinds } from '../night/kinds';
import classes from './Fleet.module.css';
import { stack } from './holdings';

type Ledger = Schema<'TimelineResponse'>;

export const unitPhases = ['building', 'uninspected', 'idle', 'online'] as const;
const phaseTones: Record<(typeof unitPhases)[number], Tone> = {
  building: 'run',
  uninspected: 'approval',
  idle: 'pause',
  online: 'done',
};
export const phaseOf = (word: string) => unitPhases.find((phase) => phase === word) ?? 'building';

/** A lane for each cluster, as high as its nodes, and one for each unit. The same stands below it in words: this is drawn for the eye alone. */
export function Lanes({ ledger }: { ledger: Ledger }) {
  const { t } = useTranslation('fleet');
  const word = useStateWord();
  const kindOf = useKinds();
  const zone = useZone();
  const navigate = useNavigate();
  const range = { from: Date.parse(ledger.from), to: Math.max(Date.parse(ledger.to), Date.parse(ledger.from) + 1_000) };
  const days = range.to - range.from > 30 * 3_600_000;
  const place = (from: number, to: number) => ({
    left: `${((from - range.from) / (range.to - range.from)) * 100}%`,
    width: `max(1px, ${((to - from) / (range.to - range.from)) * 100}%)`,
  });
  const go = (run: string, step: string) => void navigate({ to: '/runs/$id', params: { id: run }, search: { step } });
  const clusters = ledger.lanes.filter((lane) => lane.group == null);
  return (
    <>
      <div className={classes.legend} aria-hidden>
        {colocationStates.map((state) => (
          <span key={state} data-tone={stateTone[state]}>
            <i className={classes.dot} /> {word(state)}
          </span>
        ))}
        {clusters.some((lane) => isHome(kindOf(lane.cluster), null)) && (
          <span data-tone={toneOf(null, 'online')}>
            <i className={classes.dot} /> {word('offline-only', 'online')}
          </span>
        )}
        {ledger.units.length > 0 &&
          unitPhases.map((phase) => (
            <span key={phase} data-tone={phaseTones[phase]}>
              <i className={classes.dot} data-round /> {t(`ledger.${phase}`)}
            </span>
          ))}
      </div>
      <div className={classes.scroll} aria-hidden>
        <div className={classes.lanes}>
          <div className={classes.axis}>
            {ticksOf(range).map((tick) => (
              <span key={tick} style={{ left: place(tick, tick).left }}>
                {days && `${dayOf(tick, zone)} `}
                {timeOfDay(tick, zone).slice(0, 5)}
              </span>
            ))}
          </div>
          {clusters.map((lane) => (
            <div key={lane.cluster} className={classes.lane}>
              <strong>{lane.cluster}</strong>
              <div>
                {stack(lane.spans, colocationStates).map((block) => (
                  <button
                    type="button"
                    tabIndex={-1}
                    key={`${block.from} ${block.bottom} ${block.span.state}`}
                    data-tone={toneOf(block.span.state, kindOf(lane.cluster))}
                    style={{
                      ...place(block.from, block.to),
                      bottom: `${block.bottom * 100}%`,
                      height: `${block.height * 100}%`,
                    }}
                    title={t('ledger.block', {
                      nodes: block.span.nodes,
                      state: word(block.span.state, kindOf(lane.cluster)),
                      from: fullTime(block.span.from, zone),
                      to: fullTime(block.span.to, zone),
                      cost: money(block.span.cost, ledger.currency),
                    })}
                    onClick={() => go(block.span.run, block.span.path)}
                  />
                ))}
              </div>
            </div>
          ))}
          {ledger.units.map((lane, index) => (
            <div key={`${lane.unit} ${index}`} className={classes.lane} data-unit>
              <strong>{lane.unit}</strong>
              <div>
                {lane.spans.map((span) => (
                  <button
                    type="button"
                    tabIndex={-1}
                    key={`${span.from} ${span.phase}`}
                    data-tone={phaseTones[phaseOf(span.phase)]}
                    style={{ ...place(Date.parse(span.from), Date.parse(span.to)), bottom: '20%', height: '60%' }}
                    title={t('ledger.block', {
                      nodes: lane.hosts,
                      state: t(`ledger.${phaseOf(span.phase)}`),
                      from: fullTime(span.from, zone),
                      to: fullTime(span.to, zone),
                      cost: money(lane.cost, ledger.currency),
                    })}
                    onClick={() => go(lane.run, lane.path)}
                  />
                ))}
              </div>
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
