import { Button } from '@mantine/core';
import { IconUrgent } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Card } from '../shell/Card';
import { destinations } from '../shell/navigation';
import classes from './Wall.module.css';

/** The way to the emergency handle, always at the same place. It is pulled on its own page, where the plan is in sight. */
export function EmergencyPlace() {
  const { t } = useTranslation('wall');
  const navigate = useNavigate();
  const page = destinations.find((destination) => destination.name === 'emergency');
  return (
    <Card flush title={t('emergency.title')}>
      <div className={classes.handle}>
        <span>{t('emergency.says')}</span>
        <Button
          color="red"
          variant="outline"
          size="sm"
          leftSection={<IconUrgent size={16} aria-hidden />}
          style={{ flex: 'none' }}
          onClick={() =>
            void navigate(page == null ? { to: '/runs', search: { runbook: 'emergency-scale-down' } } : { to: page.to })
          }
        >
          {t('emergency.go')}
        </Button>
      </div>
    </Card>
  );
}
