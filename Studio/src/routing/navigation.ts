import {
  IconActivity,
  IconCalendarTime,
  IconLayoutDashboard,
  IconNotebook,
  IconServer2,
  IconStethoscope,
  IconUrgent,
  IconUserQuestion,
  type Icon,
} from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';
import type { en } from '../i18n/common';

interface Destination {
  to: NonNullable<LinkProps['to']>;
  name: Exclude<keyof (typeof en)['nav'], 'label' | 'menu'>;
  icon: Icon;
  /** As in `g r`. */
  keys: string;
}

/** The pages, in the order of the menu. */
export const destinations: Destination[] = [
  { to: '/', name: 'wall', icon: IconLayoutDashboard, keys: 'g w' },
  { to: '/runs', name: 'runs', icon: IconActivity, keys: 'g r' },
  { to: '/approvals', name: 'approvals', icon: IconUserQuestion, keys: 'g a' },
  { to: '/runbooks', name: 'runbooks', icon: IconNotebook, keys: 'g b' },
  { to: '/fleet', name: 'fleet', icon: IconServer2, keys: 'g f' },
  { to: '/inspections', name: 'inspections', icon: IconStethoscope, keys: 'g i' },
  { to: '/schedule', name: 'schedules', icon: IconCalendarTime, keys: 'g s' },
  { to: '/emergency', name: 'emergency', icon: IconUrgent, keys: 'g e' },
];
