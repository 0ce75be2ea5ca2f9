import { language } from './i18n';
import { errorWords, eventWords, guardWords } from './serverWords';

/** A guard's name as people read it. */
export const guardName = (guard: string): string => (chinese() ? (guardWords[guard]?.name ?? guard) : guard);

/** What a guard asks; what the server says where it is another guard's. */
export const guardAsks = (guard: string, said: string): string =>
  chinese() ? (guardWords[guard]?.asks ?? said) : said;

export const guardMend = (guard: string, said: string): string =>
  chinese() ? (guardWords[guard]?.mend ?? said) : said;

/** An error with its kind before what the server says of this one. */
export function errorSaid({ code, message }: { code: string; message: string }): string {
  const word = chinese() ? errorWords[code] : undefined;
  return word == null ? message : `${word}：${message}`;
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
