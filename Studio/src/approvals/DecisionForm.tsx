import { Button, Select, Textarea } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { sayDone } from '../ui/toasts';
import classes from './ApprovalCard.module.css';
import { useDecide } from './decide';
import { RejectDialog } from './RejectDialog';

/** Approve or reject, with a comment; a rejection shows what it will do and has to say why. Whoever decides only by delegation says for whom. */
export function DecisionForm({ approval }: { approval: Schema<'ApprovalResponse'> }) {
  const { t } = useTranslation('approvals');
  const decide = useDecide();
  const delegators = approval.mine?.onBehalfOf ?? [];
  const ownRole = approval.mine?.role != null;
  const [comment, setComment] = useState('');
  const [rejecting, setRejecting] = useState(false);
  const [onBehalfOf, setOnBehalfOf] = useState<string | null>(ownRole ? null : (delegators[0] ?? null));
  const say = (approve: boolean, why: string) =>
    decide.mutate(
      {
        run: approval.run,
        path: approval.path,
        approve,
        comment: why.trim() || undefined,
        onBehalfOf: onBehalfOf ?? undefined,
      },
      {
        onSuccess: () => {
          setRejecting(false);
          sayDone(t(approve ? 'done.approved' : 'done.rejected'));
        },
      },
    );
  return (
    <form className={classes.form} onSubmit={(event) => event.preventDefault()}>
      {delegators.length > 0 && (
        <Select
          size="sm"
          w={200}
          aria-label={t('delegated')}
          value={onBehalfOf}
          onChange={setOnBehalfOf}
          clearable={ownRole}
          placeholder={t('delegated')}
          data={delegators.map((name) => ({ value: name, label: t('onBehalfOf', { name }) }))}
        />
      )}
      <Textarea
        className={classes.comment}
        size="sm"
        autosize
        minRows={1}
        maxRows={5}
        aria-label={t('comment')}
        placeholder={`${t('comment')} – ${t('commentHint')}`}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      <Button
        size="sm"
        color="green"
        data-approve
        leftSection={<IconCheck size={16} aria-hidden />}
        loading={decide.isPending}
        onClick={() => say(true, comment)}
      >
        {t('approve')}
      </Button>
      <Button
        size="sm"
        color="red"
        variant="light"
        leftSection={<IconX size={16} aria-hidden />}
        disabled={decide.isPending}
        onClick={() => setRejecting(true)}
      >
        {t('rejecting.open')}
      </Button>
      {rejecting && (
        <RejectDialog
          approval={approval}
          comment={comment}
          pending={decide.isPending}
          reject={(why) => say(false, why)}
          close={() => setRejecting(false)}
        />
      )}
    </form>
  );
}
