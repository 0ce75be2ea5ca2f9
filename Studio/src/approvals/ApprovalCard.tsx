import { Button, Collapse, Group, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { JsonView } from '../shell/JsonView';
import { Moment } from '../shell/Moment';
import { StatusMark } from '../shell/StatusMark';
import classes from './ApprovalCard.module.css';
import { DecisionForm } from './DecisionForm';
import { mayDecide } from './mayDecide';
import { NextSteps } from './NextSteps';
import { Quorum } from './Quorum';
import './texts';

interface Props {
  approval: Schema<'ApprovalAnswer'>;
  /** Shown where its run is looked at: the run need not be named. */
  inRun?: boolean;
}

/** One question with all that is needed to decide it, and the decision. */
export function ApprovalCard({ approval, inRun }: Props) {
  const { t } = useTranslation('approvals');
  const person = useIdentity();
  const permission = mayDecide(approval, person);
  const [open, setOpen] = useState(false);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <article className={classes.card} data-tone="approval" aria-label={approval.question}>
      <header className={classes.head}>
        <StatusMark status="waiting-for-approval" filled />
        {!inRun && (
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
              {t('deadline')} <Moment at={approval.deadline} as="full" /> (
              <Moment at={approval.deadline} as="relative" />)
            </>
          )}
        </Text>
      </header>
      <h3 className={classes.question}>{approval.question}</h3>
      <Quorum approval={approval} />
      <div>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          px={4}
          leftSection={<Chevron size={14} aria-hidden />}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {t('evidence')} · {t('touches')}
        </Button>
        <Collapse expanded={open}>
          <div className={classes.why}>
            {approval.evidence == null ? (
              <Text size="sm" c="dimmed">
                {t('noEvidence')}
              </Text>
            ) : (
              <JsonView value={approval.evidence} label={t('evidence')} />
            )}
            {open && <NextSteps run={approval.run} path={approval.path} />}
          </div>
        </Collapse>
      </div>
      {permission.may ? (
        <DecisionForm approval={approval} />
      ) : (
        <Group gap="xs">
          <Text size="sm" fw={540} className={classes.refused}>
            {t(`why.${permission.why}`)}
          </Text>
        </Group>
      )}
    </article>
  );
}
