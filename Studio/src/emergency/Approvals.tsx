import { Button, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconUserCheck } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { openSignIn } from '../ui/signInDialog';
import { Card } from '../ui/Card';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { sayDone } from '../ui/toasts';
import classes from './Emergency.module.css';
import { useApprovePlan } from '../approvals/decisions';
import { isCurrent } from './readiness';

/** Who approved the plan, whose approval is missing, and why the reader may not. */
export function Approvals({ answer }: { answer: Schema<'EmergencyResponse'> }) {
  const { t } = useTranslation('emergency');
  const plan = isCurrent(answer.plan) ? answer.plan : null;
  return (
    <Card
      title={t('approvals.title')}
      aside={
        plan != null && (
          <span className={classes.quorum}>
            <span aria-hidden>
              {Array.from({ length: answer.quorum }, (_, seat) => (
                <i key={seat} data-tone="done" data-taken={seat < plan.approvals.length} />
              ))}
            </span>
            {t('approvals.given', { given: plan.approvals.length, needed: answer.quorum })}
          </span>
        )
      }
    >
      {plan == null ? (
        <Text size="sm" c="dimmed">
          {t('approvals.none')}
        </Text>
      ) : (
        <Stack gap="xs">
          {plan.approvals.map((approval) => (
            <Text key={approval.by} size="sm" data-tone="done" className={classes.given}>
              <IconCheck size={15} aria-hidden />
              <span>
                {t('approvals.line', { name: approval.by, role: approval.role })} · <Moment at={approval.at} />
                {approval.comment != null && approval.comment !== '' && <q>{approval.comment}</q>}
              </span>
            </Text>
          ))}
          <Text size="sm">
            {plan.missing > 0 ? t('approvals.missing', { count: plan.missing }) : t('approvals.complete')}
          </Text>
          <Text size="xs" c="dimmed">
            {t('approvals.roles', { roles: answer.roles.join(', ') })}
          </Text>
          <Mine plan={plan} />
        </Stack>
      )}
    </Card>
  );
}

function Mine({ plan }: { plan: Schema<'KeptPlanResponse'> }) {
  const { t } = useTranslation('emergency');
  const { t: shell } = useTranslation('shell');
  const person = useIdentity();
  const approve = useApprovePlan();
  const [comment, setComment] = useState('');
  if (person == null)
    return (
      <Text size="sm" component="div">
        {t('approvals.signIn')}{' '}
        <Button size="compact-xs" variant="light" onClick={openSignIn}>
          {shell('action.signIn')}
        </Button>
      </Text>
    );
  if (plan.missing === 0) return null;
  if (plan.mayApprove !== true)
    return (
      plan.whyNot != null && (
        <Text size="sm" c="dimmed" className={classes.whyNot}>
          <strong>{t('approvals.whyNot')}:</strong> {plan.whyNot}
        </Text>
      )
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    approve.mutate(
      { plan: plan.id, comment: comment.trim() || undefined },
      { onSuccess: () => sayDone(t('approvals.done')) },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          size="sm"
          label={t('approvals.comment')}
          description={t('approvals.commentHint')}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        {approve.error != null && <ProblemNotice error={approve.error} />}
        <Button
          type="submit"
          color="green"
          size="sm"
          leftSection={<IconUserCheck size={16} aria-hidden />}
          loading={approve.isPending}
        >
          {t('approvals.approve')}
        </Button>
      </Stack>
    </form>
  );
}
