import { Button, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { errorSaid } from '../i18n/server';
import { openSignIn } from '../ui/signInDialog';
import { money } from '../ui/money';
import { Moment } from '../ui/Moment';
import { StatusMark } from '../ui/StatusMark';
import { sayDone } from '../ui/toasts';
import { useApprovePlan, useDecideOverride, useDecideRemoval } from './decisions';
import classes from './ApprovalCard.module.css';
import { ApprovalCard } from './ApprovalCard';
import { kindWord } from './kinds';
import { SimpleDecision } from './SimpleDecision';

type Pending = Schema<'PendingDecision'>;

/** One thing that waits for people, by its kind, with what is needed to decide it. */
export function DecisionCard({ decision }: { decision: Pending }) {
  const { t } = useTranslation('approvals');
  if (decision.approval != null) return <ApprovalCard approval={decision.approval} />;
  if (decision.incident != null) return <Incident decision={decision} incident={decision.incident} />;
  if (decision.emergencyPlan != null) return <Plan decision={decision} plan={decision.emergencyPlan} />;
  if (decision.freezeOverride != null) return <Override decision={decision} asked={decision.freezeOverride} />;
  if (decision.freezeRemoval != null) return <Removal decision={decision} asked={decision.freezeRemoval} />;
  return (
    <Frame decision={decision} question={t('unknownKind', { kind: decision.kind, subject: decision.subject })}>
      {null}
    </Frame>
  );
}

function Incident({ decision, incident }: { decision: Pending; incident: Schema<'IncidentToDecide'> }) {
  const { t } = useTranslation('approvals');
  return (
    <Frame decision={decision} tone="fail" question={t('incident.question', { path: incident.path })}>
      <Text size="sm">{errorSaid(incident.error)}</Text>
      <Link
        to="/runs/$id"
        params={{ id: incident.run }}
        search={{ step: incident.path }}
        data-approve
        style={{ alignSelf: 'flex-start' }}
      >
        {t('incident.open')}
      </Link>
    </Frame>
  );
}

function Plan({ decision, plan }: { decision: Pending; plan: Schema<'PlanToApprove'> }) {
  const { t } = useTranslation('approvals');
  const approve = useApprovePlan();
  return (
    <Frame decision={decision} question={t('plan.question', { fleet: decision.subject })}>
      <Text size="sm">
        {t('plan.takes', {
          lines: plan.lines.map((line) => line.id).join(', ') || t('plan.nothing'),
          cost: money(plan.saves.costPerHour, plan.currency),
        })}{' '}
        <Link to="/emergency" className={classes.link}>
          {t('plan.all')}
        </Link>
      </Text>
      {plan.approvals.map((given) => (
        <Text key={given.by} size="sm" c="dimmed">
          {t('approved', { name: given.by, role: given.role })} · <Moment at={given.at} as="full" />
          {given.comment != null && given.comment !== '' && `: “${given.comment}”`}
        </Text>
      ))}
      {decision.mine?.may === true && (
        <SimpleDecision
          pending={approve.isPending}
          error={approve.error}
          approves={t('plan.approves')}
          say={(_, comment) =>
            approve.mutate({ plan: decision.id, comment }, { onSuccess: () => sayDone(t('done.approved')) })
          }
        />
      )}
    </Frame>
  );
}

function Override({ decision, asked }: { decision: Pending; asked: Schema<'OverrideResponse'> }) {
  const { t } = useTranslation('approvals');
  const decide = useDecideOverride();
  return (
    <Frame
      decision={decision}
      question={t('override.question', { runbook: decision.subject, freeze: decision.freeze ?? asked.freeze })}
    >
      <Text size="sm">
        {asked.fire == null ? t('override.all') : t('override.fire')}{' '}
        {asked.fire != null && <Moment at={asked.fire} as="full" />} · {asked.reason}
      </Text>
      {decision.mine?.may === true && (
        <SimpleDecision
          pending={decide.isPending}
          error={decide.error}
          approves={t('override.approves')}
          rejects={t('override.rejects')}
          say={(approve, comment) =>
            decide.mutate(
              { id: asked.id, approve, comment },
              { onSuccess: () => sayDone(t(approve ? 'done.approved' : 'done.rejected')) },
            )
          }
        />
      )}
    </Frame>
  );
}

function Removal({ decision, asked }: { decision: Pending; asked: Schema<'RemovalResponse'> }) {
  const { t } = useTranslation('approvals');
  const decide = useDecideRemoval();
  return (
    <Frame decision={decision} question={t('removal.question', { freeze: decision.subject })}>
      <Text size="sm">{asked.reason}</Text>
      {decision.mine?.may === true && (
        <SimpleDecision
          pending={decide.isPending}
          error={decide.error}
          approves={t('removal.approves')}
          rejects={t('removal.rejects')}
          say={(approve, comment) =>
            decide.mutate(
              { id: asked.freeze, approve, comment },
              { onSuccess: () => sayDone(t(approve ? 'done.approved' : 'done.rejected')) },
            )
          }
        />
      )}
    </Frame>
  );
}

/** What cards of all kinds have: what it is, who asks since when, until when, who may decide, and why the reader may not. */
function Frame({
  decision,
  question,
  tone = 'approval',
  children,
}: {
  decision: Pending;
  question: string;
  tone?: 'approval' | 'fail';
  children: ReactNode;
}) {
  const { t } = useTranslation('approvals');
  const { t: shell } = useTranslation('shell');
  const { mine } = decision;
  return (
    <article className={classes.card} data-tone={tone} aria-label={question}>
      <header className={classes.head}>
        <StatusMark status={decision.kind === 'incident' ? 'incident' : 'waiting-for-approval'} filled />
        <Text size="sm" c="dimmed">
          {kindWord(decision.kind, t)} · {t('askedBy', { name: decision.by })} <Moment at={decision.at} as="full" />
        </Text>
        <Text size="sm" c="dimmed" ms="auto">
          {decision.deadline == null ? (
            t('noDeadline')
          ) : (
            <>
              {t('deadline')} <Moment at={decision.deadline} as="full" /> ·{' '}
              <Moment at={decision.deadline} as="relative" />
            </>
          )}
        </Text>
      </header>
      <h3 className={classes.question}>{question}</h3>
      <div className={classes.people}>
        {decision.kind !== 'incident' && (
          <strong>{t('quorum', { given: decision.quorum - decision.missing, needed: decision.quorum })}</strong>
        )}
        <span>
          {t('roles')}: {decision.roles.join(', ')}
        </span>
      </div>
      {children}
      {mine == null && (
        <Button size="sm" variant="light" onClick={openSignIn} style={{ alignSelf: 'flex-start' }}>
          {shell('identity.needed')}
        </Button>
      )}
      {mine?.may === false && (
        <Text size="sm" fw={540} c="dimmed">
          {mine.code === 'four-eyes'
            ? t('why.own')
            : mine.code === 'already-decided' || mine.code === 'role-missing'
              ? t(`why.${mine.code}`)
              : mine.reason}
        </Text>
      )}
    </article>
  );
}
