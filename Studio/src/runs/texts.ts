import { addTexts, type Translated } from '../i18n/texts';

export const en = {
  title: 'Runs',
};

export const zh: Translated<typeof en> = {
  title: '运行',
};

addTexts('runs', en, zh);
