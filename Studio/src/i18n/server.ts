import { language } from './i18n';
import { errorWords, guardWords } from './serverWords';

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

/** On whom something waits, as the server says it: so many people of roles, or who took locks over. */
export function whomSaid(said: string): string {
  if (!chinese()) return said;
  const approvers = /^(\d+) of (.+)$/.exec(said);
  if (approvers != null) return `${approvers[2]} 中 ${approvers[1]} 人`;
  const taken = /^locks taken over by (.+)$/.exec(said);
  return taken == null ? said : `锁被 ${taken[1]} 接管`;
}

const chinese = (): boolean => language() === 'zh';
