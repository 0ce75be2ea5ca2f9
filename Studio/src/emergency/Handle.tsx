import { Alert, Button, Text } from '@mantine/core';
import { IconCheck, IconCircleDashed, IconLock, IconLockOpen, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { useIdentity } from '../identity/identity';
import { Card } from '../ui/Card';
import classes from './Emergency.module.css';
import { PullForm } from './PullForm';
import { conditions, mayLift, readiness } from './readiness';

const untouched = 60_000;

/**
 * The handle under its cover. The cover can be lifted only when pulling would work, and falls shut when nobody does
 * anything under it, so that a page left open is no handle left open.
 */
export function Handle({ answer }: { answer: Schema<'EmergencyResponse'> }) {
  const { t } = useTranslation('emergency');
  const person = useIdentity();
  const holds = readiness(answer, person != null);
  const ready = mayLift(holds);
  const [lifted, setLifted] = useState<string | null>(null); // the plan that it was lifted for: another one wants it lifted again
  const [fell, setFell] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const open = ready && lifted != null && lifted === answer.plan?.id;

  const touch = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setLifted(null);
      setFell(true);
    }, untouched);
  };
  const lift = () => {
    setLifted(answer.plan?.id ?? null);
    setFell(false);
    touch();
  };
  const shut = () => {
    clearTimeout(timer.current);
    setLifted(null);
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <Card flush title={t('handle.title')} className={classes.handle}>
      <div className={classes.guard} data-open={open} onInput={open ? touch : undefined}>
        <Text size="sm">{t('handle.says')}</Text>
        {!ready && <Conditions holds={holds} roles={answer.roles} />}
        <Button
          fullWidth
          size="md"
          variant={open ? 'default' : 'outline'}
          color={open ? undefined : 'red'}
          disabled={!ready}
          aria-expanded={open}
          aria-controls="emergency-handle"
          leftSection={open ? <IconLockOpen size={18} aria-hidden /> : <IconLock size={18} aria-hidden />}
          onClick={open ? shut : lift}
        >
          {t(open ? 'handle.shut' : 'handle.lift')}
        </Button>
        <Text size="xs" c="dimmed" aria-live="polite">
          {fell ? t('handle.fell') : open ? t('handle.falls') : t(ready ? 'handle.ready' : 'handle.covered')}
        </Text>
        <div id="emergency-handle">
          {open && answer.plan != null && (
            <>
              <Alert color="red" variant="light" p="xs" mb="sm">
                <Text size="sm">{t('handle.takes', { ...answer.now.saves })}</Text>
              </Alert>
              <PullForm plan={answer.plan.id} confirm={answer.confirm} triggered={shut} />
            </>
          )}
        </div>
      </div>
    </Card>
  );
}

function Conditions({ holds, roles }: { holds: ReturnType<typeof readiness>; roles: string[] }) {
  const { t } = useTranslation('emergency');
  return (
    <div>
      <Text size="xs" fw={600} mb={4}>
        {t('handle.notReady')}
      </Text>
      <ul className={classes.conditions}>
        {conditions.map((condition) => {
          const held = holds[condition];
          const Icon = held == null ? IconCircleDashed : held ? IconCheck : IconX;
          return (
            <li key={condition} data-tone={held == null ? 'pending' : held ? 'done' : 'fail'}>
              <Icon size={15} aria-hidden />
              <span>
                {t(`handle.condition.${condition}`, { roles: roles.join(', ') })}
                <span className="visually-hidden">
                  : {t(held == null ? 'handle.later' : held ? 'handle.yes' : 'handle.no')}
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
