import { useTranslation } from 'react-i18next';
import { Page } from '../shell/Page';
import './texts';

export function WallPage() {
  const { t } = useTranslation('wall');
  return <Page title={t('title')}>{null}</Page>;
}
