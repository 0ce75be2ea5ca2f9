import { useTranslation } from 'react-i18next';
import { Page } from '../shell/Page';
import './texts';

export function RunPage() {
  const { t } = useTranslation('runs');
  return <Page title={t('title')}>{null}</Page>;
}
