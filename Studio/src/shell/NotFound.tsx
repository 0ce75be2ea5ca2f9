import { Button } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Empty } from '../ui/Empty';
import { Page } from '../ui/Page';

export function NotFound() {
  const { t } = useTranslation('shell');
  return (
    <Page title={t('error.notFound')}>
      <Empty
        icon={IconMapOff}
        action={
          <Button component={Link} to="/" size="xs">
            {t('nav.wall')}
          </Button>
        }
      >
        {t('error.notFoundMend')}
      </Empty>
    </Page>
  );
}
