import type { Schema } from '../api/client';
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

/** Why something waits, as the server's answers have it. */
export type WaitReason = Schema<'WaitReason'>;

/** On whom or what something waits. */
export function waitSaid(reason: WaitReason): string {
  switch (reason.kind) {
    case 'locks':
      return chinese() ? `锁 ${listed(reason.resources)}` : `locks ${listed(reason.resources)}`;
    case 'locks-taken':
      return chinese() ? `锁被 ${reason.by} 接管` : `locks taken over by ${reason.by}`;
    case 'approval':
      return chinese()
        ? `${listed(reason.roles)} 中 ${reason.quorum} 人`
        : `${reason.quorum} of ${listed(reason.roles)}`;
    case 'retry':
      return chinese()
        ? `${errorWords[reason.code] ?? reason.code} 之后的再次尝试`
        : `another attempt after ${reason.code}`;
    case 'signal':
      return chinese() ? `信号 ${reason.name}` : `signal ${reason.name}`;
    case 'time':
      return chinese() ? '到时' : 'the time';
    case 'child':
      return childSaid(reason.does);
    case 'paused':
      return chinese()
        ? `等待继续；由 ${reason.by} 暂停${reason.reason == null ? '' : `：${reason.reason}`}`
        : `resume; paused by ${reason.by}${reason.reason == null ? '' : `: ${reason.reason}`}`;
    case 'operator':
      return operatorSaid(reason.wholeRun);
    default:
      // Of a newer server.
      return chinese() ? '此控制台不认识的原因' : 'something this console does not know';
  }
}

/** The runs in the way of a lock, each with who started it. */
export function holdersSaid(holders: readonly { runbook: string; startedBy: string }[]): string {
  const names = holders.map(({ runbook, startedBy }) =>
    chinese() ? `${runbook}（${startedBy}）` : `${runbook} of ${startedBy}`,
  );
  return chinese() ? `由 ${listed(names)} 持有` : `held by ${listed(names)}`;
}

function childSaid(does: string): string {
  if (does === 'undo') return chinese() ? '其子运行完成撤销' : 'its run to undo itself';
  return chinese() ? '其子运行完成取消' : 'its run to cancel';
}

function operatorSaid(wholeRun: boolean): string {
  if (wholeRun) return chinese() ? '运维人员：重试该运行，或取消' : 'an operator: retry the run, or cancel it';
  return chinese() ? '运维人员：重试、跳过、撤销或取消' : 'an operator: retry, skip, undo or cancel';
}

const listed = (names: readonly string[]): string => names.join(', ');

const chinese = (): boolean => language() === 'zh';
