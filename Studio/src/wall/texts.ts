import { addTexts, type Translated } from '../i18n/texts';

export const en = {
  title: 'Wall',
};

export const zh: Translated<typeof en> = {
  title: '大屏',
};

addTexts('wall', en, zh);
