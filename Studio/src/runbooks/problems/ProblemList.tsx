import { Button } from '@mantine/core';
import { IconAlertTriangle, IconInfoTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useDesign } from '../design/useDesign';
import type { PlacedProblem } from './placed';
import classes from './problems.module.css';

/** What is wrong, where, and the mend to click where there is one. */
export function ProblemList({ problems }: { problems: readonly PlacedProblem[] }) {
  const { t } = useTranslation('runbooks');
  const design = useDesign();
  return (
    <ul className={classes.list} aria-label={t('problems.title')}>
      {problems.map((problem) => {
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
            {problem.mend != null && (
              <Button
                size="compact-xs"
                variant="light"
                onClick={() =>
                  problem.mend != null && design.dispatch({ changes: problem.mend, userEvent: 'input.mend' })
                }
              >
                {t('problems.mend')}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
