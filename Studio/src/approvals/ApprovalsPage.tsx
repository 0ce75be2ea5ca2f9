import { useTranslation } from 'react-i18next';
import { Page } from '../shell/Page';
import './texts';

export function ApprovalsPage() {
  const { t } = useTranslation('approvals');
  return <Page title={t('title')}>{null}</Page>;
}
