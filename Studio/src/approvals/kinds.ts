import type { useTranslation } from 'react-i18next';

const kinds = ['approval', 'incident', 'emergency-plan', 'freeze-override', 'freeze-removal'] as const;

/** The kind in words; as the server says it where this console does not know it. */
export function kindWord(kind: string, t: ReturnType<typeof useTranslation<'approvals'>>['t']): string {
  const known = kinds.find((one) => one === kind);
  return known == null ? kind : t(`kind.${known}`);
}
