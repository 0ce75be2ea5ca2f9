import { addTexts, type Translated } from '../i18n/texts';

export const en = {
  title: 'Approvals',
};

export const zh: Translated<typeof en> = {
  title: '审批',
};

addTexts('approvals', en, zh);
