import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Path } from '../model/edits';
import type { Item } from '../model/outline';
import { ExpressionField } from './ExpressionField';
import { ChoiceField, DurationField, TagsField } from './fields';

/** A condition: always an expression. */
export function ConditionField(props: {
  field: Path;
  label: ReactNode;
  description?: ReactNode;
  value: unknown;
  required?: boolean;
}) {
  return <ExpressionField {...props} placeholder="inputs.units > 0" />;
}

/** What every step may say: how long it may take, what it holds, and what its failure does. */
export function FlowFields({ item }: { item: Item }) {
  const { t } = useTranslation('runbooks');
  return (
    <>
      {item.kind !== 'approval' && item.kind !== 'wait' && (
        <DurationField
          field={['timeout']}
          label={t('form.timeout')}
          description={item.kind === 'run' ? t('form.timeoutOfAttempt') : t('form.timeoutOfStep')}
          value={item.fields.timeout}
        />
      )}
      <OnFailureField value={item.fields.onFailure} />
      <TagsField
        field={['locks']}
        label={t('form.locks')}
        description={t('form.locksHint')}
        value={item.fields.locks}
        placeholder="cluster/*"
      />
    </>
  );
}

export function OnFailureField({ value }: { value: unknown }) {
  const { t } = useTranslation('runbooks');
  return (
    <ChoiceField
      field={['onFailure']}
      label={t('form.onFailure')}
      value={value}
      data={(['pause', 'undo', 'continue'] as const).map((word) => ({
        value: word,
        label: `${word} – ${t(`onFailure.${word}`)}`,
      }))}
    />
  );
}
