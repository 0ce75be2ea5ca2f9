import type { TFunction } from 'i18next';

/** Where a unit stands, in the reader's language: on the cloud, or in a cluster by its name. */
export const placeWord = (place: string, t: TFunction<'inspections'>): string =>
  place === 'cloud' ? t('heat.cloud') : place;
