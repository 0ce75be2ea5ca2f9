import { Button, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { openSignIn } from '../ui/signInDialog';
import { Moment } from '../ui/Moment';
import { StatusMark } from '../ui/StatusMark';
import classes from './ApprovalCard.module.css';
import { DecisionForm } from './DecisionForm';
import { Evidence } from './Evidence';
import { Quorum } from './Quorum';
import './texts';

interface Props {
  approval: Schema<'ApprovalResponse'>;
  /** Shown where its run is looked at: the run need not be named, and the evidence is opened by hand. */
  inRun?: boolean;
}

/** One question with all that is needed to decide it, and the decision. */
export function ApprovalCard({ approval, inRun = false }: Props) {
  const { t } = useTranslation('approvals');
  const { t: shell } = useTranslation('shell');
  const mine = approval.mine;
  const [open, setOpen] = useState(!inRun && mine?.may === true);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <article className={classes.card} data-tone="approval" aria-label={approval.question}>
      <header className={classes.head}>
        <StatusMark status="waiting-for-approval" filled />
        {inRun ? (
          <h3 className={classes.question}>{approval.question}</h3>
        ) : (
          <Text size="sm" c="dimmed">
            <Link
              to="/runs/$id"
              params={{ id: approval.run }}
              search={{ step: approval.path }}
              className={classes.link}
            >
              {approval.runbook}
            </Link>{' '}
            · {approval.path}
          </Text>
        )}
        <Text size="sm" c="dimmed" ms="auto">
          {approval.deadline == null ? (
            t('noDeadline')
          ) : (
            <>
              {t('deadline')} <Moment at={approval.deadline} as="full" /> ·{' '}
              <Moment at={approval.deadline} as="relative" />
            </>
          )}
        </Text>
      </header>
      {!inRun && <h3 className={classes.question}>{approval.question}</h3>}
      <Quorum approval={approval} />
      <div>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          px={6}
          ms={-6}
          leftSection={<Chevron size={14} aria-hidden />}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {t('impact')}
        </Button>
        {open && <Evidence approval={approval} />}
      </div>
      {mine == null && (
        <Button size="sm" variant="light" onClick={openSignIn} style={{ alignSelf: 'flex-start' }}>
          {shell('identity.needed')}
        </Button>
      )}
      {mine?.may === true && <DecisionForm approval={approval} />}
      {mine?.may === false && (
        <Text size="sm" fw={540} c="dimmed">
          {whyNot(mine.code) == null ? mine.reason : t(whyNot(mine.code) ?? 'why.role-missing')}
        </Text>
      )}
    </article>
  );
}

/** Key of the text for a code of the server; null for one that is newer than this page: the server's own words stand then. */
function whyNot(code: string | null | undefined): 'why.four-eyes' | 'why.role-missing' | 'why.already-decided' | null {
  return code === 'four-eyes' || code === 'role-missing' || code === 'already-decided' ? `why.${code}` : null;
}
