import i18n from './i18n';

/** The same keys as another language's texts, each with a text. */
export type Translated<T> = { [Key in keyof T]: T[Key] extends string ? string : Translated<T[Key]> };

/** Makes a feature's texts known; called by the module that holds them, so that they load with their pages. */
export function addTexts<T extends object>(namespace: string, en: T, zh: Translated<T>): void {
  i18n.addResourceBundle('en', namespace, en);
  i18n.addResourceBundle('zh', namespace, zh);
}
