import { language } from './i18n';
import { errorWords, eventWords, guardWords, inputTypes } from './serverWords';

/** A guard's name as people read it. */
export const guardName = (guard: string): string => (chinese() ? (guardWords[guard]?.name ?? guard) : guard);

/** What a guard asks; what the server says where it is another guard's. */
export const guardAsks = (guard: string, said: string): string =>
  chinese() ? (guardWords[guard]?.asks ?? said) : said;

export const guardFix = (guard: string, said: string): string => (chinese() ? (guardWords[guard]?.fix ?? said) : said);

/** An error with its kind before what the server says of this one. */
export function errorSaid({ code, message }: { code: string; message: string }): string {
  const word = chinese() ? errorWords[code] : undefined;
  return word == null ? message : `${word}：${code.startsWith('IN') ? inputSaid(message) : message}`;
}

/** What the server says of an input, and the same in Chinese; the first that fits. */
const inputs: [RegExp, (...parts: string[]) => string][] = [
  [
    /^is missing(?: \((.+)\))?: it must be (.+)$/,
    (about, type = '') => `${about === '' ? '' : `（${about}）`}须为${inputTypes[type] ?? type}`,
  ],
  [/^is (.+): it must be from (\S+) to (\S+)$/, (value, least, most) => `${value}，须在 ${least} 到 ${most} 之间`],
  [/^is (.+): it must be at least (\S+)$/, (value, least) => `${value}，至少为 ${least}`],
  [/^is (.+): it must be at most (\S+)$/, (value, most) => `${value}，至多为 ${most}`],
  [
    /^is (.+): it must be (.+?)(?:; did you mean (.+)\?)?$/,
    (value, words, near) => `${value}，须为 ${words}${near === '' ? '' : `；是否想用 ${near}？`}`,
  ],
  [
    /^must be a list of which each item is (.+); item (\d+) is (.+)$/,
    (type = '', index, item) => `须为列表，每一项为${inputTypes[type] ?? type}；第 ${index} 项是 ${item}`,
  ],
  [/^must be (.+?), not (.+)$/, (type = '', value) => `须为${inputTypes[type] ?? type}，而不是 ${value}`],
  [
    /^(.+) has no input (.+?)(?:; did you mean (.+)\?)?$/,
    (runbook, name, near) => `${runbook} 没有输入 ${name}${near === '' ? '' : `；是否想用 ${near}？`}`,
  ],
  [/^(.+) is no input: write name=value$/, (text) => `${text}，须写作 name=value`],
];

/** The input's name may stand before what is said of it. */
function inputSaid(message: string): string {
  const [, name = '', said = message] = /^(input \S+ )?(.*)$/s.exec(message) ?? [];
  for (const [pattern, inChinese] of inputs) {
    const found = pattern.exec(said);
    if (found != null)
      return name.replace('input ', '') + inChinese(...found.slice(1).map((part?: string) => part ?? ''));
  }
  return message;
}

/** Whether an event of a journal is of a kind that this console knows: a newer server may have more. */
export const knownEvent = (event: string): boolean => Object.hasOwn(eventWords, event);

/** What an entry of a run's journal says that happened; one of an unknown kind is shown as such. */
export function eventName(event: string): string {
  const inChinese = Object.hasOwn(eventWords, event) ? eventWords[event] : undefined;
  if (inChinese == null) return chinese() ? `${event}（此控制台不认识）` : `${event} (unknown to this console)`;
  return chinese() ? inChinese : `${event.charAt(0).toUpperCase()}${event.slice(1).replaceAll('-', ' ')}`;
}

/** What the server says of whom or what is waited for, and the same in Chinese; the first that fits. */
const waits: [RegExp, (...parts: string[]) => string][] = [
  [/^(\d+) of (.+)$/, (count, roles) => `${roles} 中 ${count} 人`],
  [/^locks taken over by (.+)$/, (by) => `锁被 ${by} 接管`],
  [/^locks (.+), held by (.+)$/, (locks, holders) => `锁 ${locks}，由 ${holdersSaid(holders ?? '')} 持有`],
  [/^locks (.+)$/, (locks) => `锁 ${locks}`],
  [/^another attempt after (.+)$/, (code = '') => `${errorWords[code] ?? code} 之后的再次尝试`],
  [/^(?:the )?signal (.+)$/, (name) => `信号 ${name}`],
  [/^resume; paused by ([^:]+)(?:: (.+))?$/, (by, why) => `等待继续；由 ${by} 暂停${why == null ? '' : `：${why}`}`],
  [/^an operator: retry, skip, undo or cancel$/, () => '运维人员：重试、跳过、撤销或取消'],
];

/** On whom or what something waits, as the server says it. */
export function whomSaid(said: string): string {
  if (!chinese()) return said;
  for (const [pattern, inChinese] of waits) {
    const found = pattern.exec(said);
    if (found != null) return inChinese(...found.slice(1));
  }
  return said;
}

const holdersSaid = (holders: string): string => holders.replaceAll(/(\S+) of (.+?)(?=, |$)/g, '$1（$2）');

const chinese = (): boolean => language() === 'zh';
