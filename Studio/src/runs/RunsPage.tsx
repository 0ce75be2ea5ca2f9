import { useTranslation } from 'react-i18next';
import { Page } from '../shell/Page';
import './texts';

export function RunsPage() {
  const { t } = useTranslation('runs');
  return <Page title={t('title')}>{null}</Page>;
}
