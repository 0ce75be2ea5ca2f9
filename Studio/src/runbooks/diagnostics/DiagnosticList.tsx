import { Button } from '@mantine/core';
import { IconAlertTriangle, IconInfoTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useDesign } from '../design/useDesign';
import type { PlacedDiagnostic } from './placed';
import classes from './diagnostics.module.css';

/** What is wrong, where, and the fix to click where there is one. */
export function DiagnosticList({ diagnostics }: { diagnostics: readonly PlacedDiagnostic[] }) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  return (
    <ul className={classes.list} aria-label={t('diagnostics.title')}>
      {diagnostics.map((problem) => {
        const Icon = problem.severity === 'error' ? IconAlertTriangle : IconInfoTriangle;
        return (
          <li key={problem.key} className={classes.problem} data-tone={problem.severity === 'error' ? 'fail' : 'pause'}>
            <Icon size={15} className={classes.icon} aria-hidden />
            <button type="button" className={classes.text} onClick={() => design.reveal(problem.from)}>
              <span className="visually-hidden">{t(`severity.${problem.severity}`)}</span>
              {problem.message}
              <code>
                {problem.line}:{problem.column} {problem.code}
              </code>
            </button>
            {problem.fix != null && (
              <Button
                size="compact-xs"
                variant="light"
                onClick={() => problem.fix != null && design.dispatch({ changes: problem.fix, userEvent: 'input.fix' })}
              >
                {t('diagnostics.fix')}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
