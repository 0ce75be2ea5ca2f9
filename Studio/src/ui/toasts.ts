import { notifications } from '@mantine/notifications';
import { Problem } from '../api/problem';
import i18n from '../i18n/i18n';
import { errorSaid } from '../i18n/server';
import { fixOf } from './fix';

/** Says that something worked. */
export function sayDone(message: string): void {
  notifications.show({ message, color: 'green', autoClose: 4_000 });
}

/** Says what did not work, why, and the fix. Stays until it is read. */
export function sayProblem(error: unknown): void {
  const problem = error instanceof Problem ? error : null;
  const what =
    problem?.code === 'unreachable'
      ? i18n.t('error.unreachable')
      : error instanceof Error
        ? errorSaid({ code: problem?.code ?? '', message: error.message })
        : String(error);
  notifications.show({ title: what, message: i18n.t(fixOf(problem)), color: 'red', autoClose: false });
}
