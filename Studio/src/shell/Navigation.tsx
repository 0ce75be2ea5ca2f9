import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { WaitingCount } from './WaitingCount';
import { destinations } from '../routing/navigation';
import classes from './Shell.module.css';

/** The pages. */
export function Navigation() {
  const { t } = useTranslation('shell');
  return destinations.map(({ to, name, icon: Icon, keys }) => (
    <Link
      key={to}
      to={to}
      className={classes.link}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      title={keys}
      preload="intent"
    >
      <Icon size={17} stroke={1.8} aria-hidden />
      {t(`nav.${name}`)}
      {name === 'approvals' && <WaitingCount />}
    </Link>
  ));
}
