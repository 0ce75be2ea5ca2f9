import { Alert, Button, Group, Modal, Skeleton, Stack, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { money } from '../ui/money';
import { ProblemNotice } from '../ui/ProblemNotice';
import classes from './ApprovalCard.module.css';
import { rejectionQuery } from './queries';

interface Props {
  approval: Schema<'ApprovalResponse'>;
  /** What was typed so far. */
  comment: string;
  pending: boolean;
  reject: (comment: string) => void;
  close: () => void;
}

/** Says what rejecting will do, as the server reckons it, asks why, and does it. */
export function RejectDialog({ approval, comment: typed, pending, reject, close }: Props) {
  const { t } = useTranslation('approvals');
  const { t: shell } = useTranslation('shell');
  const { data, error, refetch } = useQuery(rejectionQuery(approval.run, approval.path));
  const [comment, setComment] = useState(typed);
  const [sent, setSent] = useState(false);
  const missing = comment.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    if (!missing) reject(comment.trim());
  };
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={t('rejecting.title', { question: approval.question })}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {error != null && <ProblemNotice error={error} retry={() => void refetch()} />}
          {data == null && error == null && <Skeleton height={72} />}
          {data != null && <Forecast forecast={data} runbook={approval.runbook} />}
          <Textarea
            label={t('comment')}
            description={t('commentHint')}
            autosize
            minRows={2}
            required
            data-autofocus
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
            error={sent && missing ? t('commentNeeded') : null}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {shell('action.cancel')}
            </Button>
            <Button type="submit" color="red" loading={pending}>
              {t('reject')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const shown = 8;

function Forecast({ forecast, runbook }: { forecast: Schema<'RejectionResponse'>; runbook: string }) {
  const { t } = useTranslation('approvals');
  const outcome = forecast.outcome === 'undone' || forecast.outcome === 'goes-on' ? forecast.outcome : 'rejected';
  const names = (all: string[]) =>
    all.length > shown
      ? `${all.slice(0, shown).join(', ')} ${t('rejecting.more', { count: all.length - shown })}`
      : all.join(', ');
  return (
    <Alert
      color={outcome === 'goes-on' ? 'blue' : 'red'}
      variant="light"
      title={t(`rejecting.${outcome}`, { runbook })}
    >
      <ul className={classes.forecast}>
        {forecast.ends.length > 1 && <li>{t('rejecting.ends', { count: forecast.ends.length - 1 })}</li>}
        {outcome !== 'goes-on' && (
          <li>
            {forecast.inPlace.length === 0
              ? t('rejecting.nothingInPlace')
              : t('rejecting.inPlace', { steps: names(forecast.inPlace.map((step) => step.path)) })}
          </li>
        )}
        {forecast.away.length > 0 && (
          <li>
            {t('rejecting.away', {
              lines: names(forecast.away.map((line) => line.id)),
              cost: money(forecast.costPerHour, forecast.currency ?? ''),
            })}
          </li>
        )}
        {forecast.releases.length > 0 && <li>{t('rejecting.releases', { locks: names(forecast.releases) })}</li>}
        {forecast.queued.map((run) => (
          <li key={run.run}>{t('rejecting.queued', { runbook: run.runbook, name: run.startedBy })}</li>
        ))}
        <li>
          {forecast.atDeadline === 'escalates'
            ? t('rejecting.escalates', { roles: forecast.escalateTo.join(', ') })
            : t(forecast.atDeadline === 'rejects' ? 'rejecting.rejects' : 'rejecting.none')}
        </li>
      </ul>
    </Alert>
  );
}
