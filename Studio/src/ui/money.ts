import { language } from '../i18n/i18n';

/** An amount in the fleet's currency; a currency that the browser does not know stands as it is written. */
export function money(amount: number, currency: string): string {
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB';
  const digits = Math.abs(amount) >= 1_000 ? 0 : 2;
  try {
    return new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      maximumFractionDigits: digits,
    }).format(amount);
  } catch {
    return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(amount)} ${currency}`;
  }
}
