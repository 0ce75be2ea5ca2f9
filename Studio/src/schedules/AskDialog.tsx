import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { sayDone } from '../ui/toasts';
import { useAskOverride } from './queries';
import { ReasonForm } from './ReasonForm';

/** Asks that one blocked fire may pass the windows against it; each needs an override of its own. */
export function AskDialog({ fire, close }: { fire: Schema<'CalendarFire'> | null; close: () => void }) {
  return fire == null ? null : <Asking key={`${fire.trigger} ${fire.at}`} fire={fire} close={close} />;
}

function Asking({ fire, close }: { fire: Schema<'CalendarFire'>; close: () => void }) {
  const { t } = useTranslation('schedules');
  const ask = useAskOverride();
  const submit = async (reason: string) => {
    try {
      for (const window of fire.windows)
        await ask.mutateAsync({ trigger: fire.trigger, freeze: window.id, fire: fire.at, reason });
      sayDone(t('override.asked'));
      close();
    } catch {
      // The form says it.
    }
  };
  return (
    <ReasonForm
      title={t('override.askTitle')}
      says={t('override.askSays', {
        trigger: fire.trigger,
        freeze: fire.windows.map((window) => window.name).join(', '),
      })}
      act={t('calendar.ask')}
      pending={ask.isPending}
      error={ask.error}
      submit={(reason) => void submit(reason)}
      close={close}
    />
  );
}
