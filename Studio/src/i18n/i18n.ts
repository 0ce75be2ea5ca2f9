import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en, zh } from './common';

export const languages = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof languages;

const key = 'orchestrator.language';

void i18n.use(initReactI18next).init({
  lng: preferred(),
  fallbackLng: 'en',
  defaultNS: 'shell',
  resources: { en: { shell: en }, zh: { shell: zh } },
  interpolation: { escapeValue: false },
  initAsync: false,
  showSupportNotice: false,
  react: { useSuspense: false },
});
document.documentElement.lang = i18n.language === 'zh' ? 'zh-CN' : 'en';

export function language(): Language {
  return i18n.language === 'zh' ? 'zh' : 'en';
}

export function changeLanguage(next: Language): void {
  localStorage.setItem(key, next);
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  void i18n.changeLanguage(next);
}

function preferred(): Language {
  const stored = localStorage.getItem(key);
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export default i18n;
