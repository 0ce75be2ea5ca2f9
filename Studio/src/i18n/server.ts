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

/** What an entry of a run's journal says that happened. */
export const eventName = (event: string): string => (chinese() ? (eventWords[event] ?? event) : event);

/** On whom something waits, as the server says it: so many people of roles, locks and who has them, a signal, somebody who resumes. */
export function whomSaid(said: string): string {
  if (!chinese()) return said;
  const approvers = /^(\d+) of (.+)$/.exec(said);
  if (approvers != null) return `${approvers[2]} 中 ${approvers[1]} 人`;
  const taken = /^locks taken over by (.+)$/.exec(said);
  if (taken != null) return `锁被 ${taken[1]} 接管`;
  const again = /^another attempt after (.+)$/.exec(said);
  if (again?.[1] != null) return `${errorWords[again[1]] ?? again[1]} 之后的再次尝试`;
  const held = /^locks (.+), held by (.+)$/.exec(said);
  if (held != null) return `锁 ${held[1]}，由 ${held[2]?.replaceAll(/(\S+) of (.+?)(?=, |$)/g, '$1（$2）')} 持有`;
  const locks = /^locks (.+)$/.exec(said);
  if (locks != null) return `锁 ${locks[1]}`;
  const signal = /^(?:the )?signal (.+)$/.exec(said);
  if (signal != null) return `信号 ${signal[1]}`;
  const paused = /^resume; paused by ([^:]+)(?:: (.+))?$/.exec(said);
  if (paused != null) return `等待继续；由 ${paused[1]} 暂停${paused[2] == null ? '' : `：${paused[2]}`}`;
  return said === 'an operator: retry, skip, undo or cancel' ? '运维人员：重试、跳过、撤销或取消' : said;
}

const chinese = (): boolean => language() === 'zh';
