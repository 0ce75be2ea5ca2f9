import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import classes from './ApprovalCard.module.css';

/** How many have approved and how many must, who that was, and who may not. */
export function Quorum({ approval }: { approval: Schema<'ApprovalResponse'> }) {
  const { t } = useTranslation('approvals');
  const given = approval.decisions.filter((decision) => decision.approved).length;
  return (
    <div className={classes.people}>
      <span className={classes.seats} aria-hidden>
        {Array.from({ length: approval.quorum }, (_, seat) => (
          <span key={seat} className={classes.seat} data-taken={seat < given} />
        ))}
      </span>
      <strong>{t('quorum', { given, needed: approval.quorum })}</strong>
      <span>
        {t('roles')}: {approval.roles.join(', ')}
      </span>
      {approval.decisions.map((decision) => (
        <span key={decision.by}>
          {t(decision.approved ? 'approved' : 'rejected', { name: decision.by, role: decision.role })}
          {decision.onBehalfOf != null && ` ${t('onBehalfOf', { name: decision.onBehalfOf })}`}
          {decision.comment != null && `: “${decision.comment}”`}
        </span>
      ))}
      <span>{t('fourEyes', { name: approval.startedBy })}</span>
    </div>
  );
}
