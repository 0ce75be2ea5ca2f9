import { IconStethoscope } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AccessButton } from '../identity/AccessButton';
import { useIdentity } from '../identity/identity';
import { openSignIn } from '../ui/signInDialog';
import { sayDone, sayProblem } from '../ui/toasts';
import { useInspect } from './queries';

/** Inspects some units again, or all, and goes to the run that does. */
export function InspectButton({ units, label, compact }: { units: string[]; label: string; compact?: boolean }) {
  const { t } = useTranslation('inspections');
  const person = useIdentity();
  const navigate = useNavigate();
  const inspect = useInspect();
  return (
    <AccessButton
      access="POST /api/inspections"
      size={compact ? 'compact-xs' : 'xs'}
      variant={compact ? 'light' : 'filled'}
      leftSection={<IconStethoscope size={14} aria-hidden />}
      loading={inspect.isPending}
      onClick={() =>
        person == null
          ? openSignIn()
          : inspect.mutate(units, {
              onError: sayProblem,
              onSuccess: ({ run }) => {
                sayDone(t('started'));
                void navigate({ to: '/runs/$id', params: { id: run } });
              },
            })
      }
    >
      {person == null ? t('signIn') : label}
    </AccessButton>
  );
}
