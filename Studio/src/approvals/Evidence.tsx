import { Skeleton, Text } from '@mantine/core';
import { IconAlertTriangle, IconArrowBackUp, IconCheck, IconLock, IconShieldCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { JsonView } from '../ui/JsonView';
import { ProblemNotice } from '../ui/ProblemNotice';
import classes from './Evidence.module.css';
import { planLines } from './planLines';
import { approvalQuery } from './queries';
import { useStateWord } from '../night/colocation';
import { phaseWord } from '../night/phases';
import '../night/texts';
import { guardAsks, guardName } from '../i18n/server';

/** What a decision opens the way to, and the evidence for and against it, side by side. */
export function Evidence({ approval }: { approval: Schema<'ApprovalResponse'> }) {
  const { t } = useTranslation('approvals');
  const { t: wall } = useTranslation('night');
  const state = useStateWord();
  const person = useIdentity();
  const { data, error, refetch } = useQuery(approvalQuery(approval.run, approval.path, person));
  if (error != null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (data == null) return <Skeleton height={180} mt="xs" />;
  const lines = planLines(data.touches);
  const { inspections, guards, brokenInvariants } = data.evidence;
  return (
    <div className={classes.evidence}>
      <section>
        <h4>
          {t('touches')}
          {data.until != null && (
            <Text span size="xs" c="dimmed">
              {' '}
              {t('until', { path: data.until })}
            </Text>
          )}
        </h4>
        {lines.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('touchesNothing')}
          </Text>
        )}
        {/* A long list scrolls by itself, and must be reached by the keyboard for that. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <ol className={classes.lines} tabIndex={0} aria-label={t('touches')}>
          {lines.map((line) => (
            <li key={line.path} data-skipped={line.skipped}>
              <span>{line.title}</span> <code>{line.activity}</code>{' '}
              {line.target !== '' && <span className={classes.target}>{line.target}</span>}
              {line.irreversible ? (
                <span className={classes.tag} data-tone="fail">
                  <IconLock size={12} aria-hidden /> {t('irreversible')}
                </span>
              ) : (
                line.undo && (
                  <span className={classes.tag} data-tone="done">
                    <IconArrowBackUp size={12} aria-hidden /> {t('undoable')}
                  </span>
                )
              )}
            </li>
          ))}
        </ol>
      </section>
      <section>
        <h4>{t('evidence')}</h4>
        <ul className={classes.facts}>
          {approval.evidence != null && (
            <li className={classes.whole}>
              <JsonView value={approval.evidence} label={t('evidence')} />
            </li>
          )}
          {brokenInvariants.length === 0 ? (
            <Fact tone="done" icon={<IconShieldCheck size={15} aria-hidden />}>
              {t('invariantsHold')}
            </Fact>
          ) : (
            brokenInvariants.map((broken) => (
              <Fact
                key={`${broken.invariant} ${broken.subject}`}
                tone="fail"
                icon={<IconAlertTriangle size={15} aria-hidden />}
              >
                {broken.subject}: {broken.message}
              </Fact>
            ))
          )}
          {inspections.map((unit) => (
            <Fact
              key={unit.unit}
              tone={unit.passed ? 'done' : 'fail'}
              icon={unit.passed ? <IconCheck size={15} aria-hidden /> : <IconX size={15} aria-hidden />}
            >
              {t(unit.passed ? 'inspected' : 'notInspected', { unit: unit.unit })}{' '}
              <Text span size="xs" c="dimmed">
                {phaseWord(unit.phase, wall)}
              </Text>
              {unit.findings.length > 0 && (
                <Text size="xs" c="dimmed">
                  {unit.findings.join('; ')}
                </Text>
              )}
            </Fact>
          ))}
        </ul>
        {guards.map((shift) => (
          <details key={`${shift.path} ${shift.from}`} className={classes.guards}>
            <summary>
              {t('guards', {
                clusters: shift.clusters.join(', '),
                from: state(shift.from),
                to: state(shift.to),
                count: shift.guards.length,
              })}
            </summary>
            <ul>
              {shift.guards.map((guard) => (
                <li key={guard.name}>
                  <code>{guardName(guard.name)}</code> {guardAsks(guard.name, guard.asks)}{' '}
                  {guard.waiver != null && (
                    <span data-tone="pause" className={classes.tag}>
                      {t('waived', { reason: guard.waiver })}
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </details>
        ))}
      </section>
    </div>
  );
}

function Fact({ tone, icon, children }: { tone: 'done' | 'fail'; icon: ReactNode; children: ReactNode }) {
  return (
    <li data-tone={tone}>
      {icon}
      <div>{children}</div>
    </li>
  );
}
