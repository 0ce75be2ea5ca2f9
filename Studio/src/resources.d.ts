import 'i18next';
import type { en as approvals } from './approvals/texts';
import type { en as emergency } from './emergency/texts';
import type { en as fleet } from './fleet/texts';
import type { en as inspections } from './inspections/texts';
import type { en as runbooks } from './runbooks/texts';
import type { en as runs } from './runs/texts';
import type { en as schedules } from './schedules/texts';
import type { en as shell } from './i18n/common';
import type { en as night } from './night/texts';

/** Makes every key typed: a text that is not there does not compile. One line a feature. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    enableSelector: false;
    resources: {
      shell: typeof shell;
      night: typeof night;
      runs: typeof runs;
      approvals: typeof approvals;
      runbooks: typeof runbooks;
      emergency: typeof emergency;
      fleet: typeof fleet;
      inspections: typeof inspections;
      schedules: typeof schedules;
    };
  }
}
