import type { Text } from '../../domain/field.ts';
import { commandsOf, fieldOf, type Register, statusTitle } from '../../domain/register.ts';
import type { InTheWay, Rejection } from '../../domain/rejection.ts';
import type { SubmissionStatus } from '../../domain/submission.ts';
import { type Role, roleTitles } from '../identity/identity.ts';
import { problemCodeOf, problems } from './problems.ts';

/** A rejection in one line, for readers who get no problem document, in the titles of the register. */
export const reasonOf = (rejection: Rejection, register: Register): Text => {
  const { title, advice } = problems[problemCodeOf(rejection)];
  if (rejection.code === 'check-character') return wrongCheck(register);
  return detailOf(rejection, register) ?? { zh: `${title.zh}：${advice.zh}`, en: `${title.en}: ${advice.en}` };
};

/** What to do about a code that fails its check, by what a form calls the field that confirms it. */
const wrongCheck = (register: Register): Text => {
  const { zh, en } = fieldOf(register, 'codeConfirmed')?.title ?? { zh: '代码经核实无误', en: 'Code confirmed' };
  return {
    zh: `统一社会信用代码校验未通过：请核对代码。代码确为早年发放且校验位不符的，请在“${zh}”填“是”，并在“${commonTitles.evidence?.zh}”注明至少一份材料；一律不接受身份证号码`,
    en: `The code fails its check: check it against the document. If it was issued with a wrong check character, enter yes under “${en}” and name a document under “${commonTitles.evidence?.en}”; an identity-card number is never accepted`,
  };
};

/** The detail of a rejection, in the titles of the register; undefined if the problem's advice says everything. */
export const detailOf = (rejection: Rejection, register?: Register): Text | undefined => {
  switch (rejection.code) {
    case 'event-too-large': {
      const { limitBytes } = rejection;
      return {
        zh: `该记录超过 ${limitBytes} 字节的上限（按规范 JSON 计）`,
        en: `The record exceeds the limit of ${limitBytes} bytes (as canonical JSON)`,
      };
    }
    case 'invalid-request': {
      const faults = rejection.errors.map((fault) => ({ fault, title: titleAt(register, fault.pointer ?? '') }));
      return {
        zh: faults.map(({ fault, title }) => [title?.zh, fault.zh].filter(Boolean).join('：')).join('；'),
        en: faults.map(({ fault, title }) => [title?.en, fault.en].filter(Boolean).join(': ')).join('; '),
      };
    }
    case 'transition-not-allowed':
      return register !== undefined && rejection.inTheWay !== undefined
        ? inTheWayDetail(rejection.inTheWay, rejection.entryStatus, register)
        : transitionDetail(rejection.entryStatus, rejection.allowed, register);
    case 'breaks-history': {
      const { type, effectiveOn } = rejection.breaks;
      const title = register?.facts.find(({ event }) => event === type)?.title ?? { zh: type, en: type };
      return {
        zh: `${effectiveOn} 的“${title.zh}”记录将失效`,
        en: `The record "${title.en}" of ${effectiveOn} would no longer be valid`,
      };
    }
    case 'revision-mismatch':
    case 'revision-required':
      return rejection.revision === null
        ? { zh: '该登记项尚无任何记录', en: 'The entry has no records yet' }
        : {
            zh: `当前修订号为 ${rejection.revision}，请以 If-Match 注明`,
            en: `The current revision is ${rejection.revision}; give it as If-Match`,
          };
    case 'too-many-pending': {
      const { limit } = rejection;
      return {
        zh: `该登记项已有 ${limit} 项提交待复核，达到上限；请先批准、退回或撤回其中一些`,
        en: `${limit} submissions of this entry wait already, which is the limit; approve, return or withdraw some of them first`,
      };
    }
    case 'entry-full': {
      const { limit } = rejection;
      return {
        zh: `该登记项已有 ${limit} 条记录，达到上限，不能再新增`,
        en: `The entry has ${limit} events, which is the limit; it takes no more commands`,
      };
    }
    case 'already-decided': {
      const title = submissionStatuses[rejection.submissionStatus];
      return { zh: `该提交${title.zh}`, en: `The submission is ${title.en}` };
    }
    case 'unknown-reference': {
      const { pointer, reference } = rejection;
      const title = titleAt(register, pointer) ?? { zh: '引用', en: 'The reference' };
      if (pointer.endsWith('/target'))
        return { zh: `计划中没有目标“${reference}”`, en: `The plan has no target "${reference}"` };
      return {
        zh: `${title.zh}“${reference}”在当日尚未登记，或已退出`,
        en: `${title.en} "${reference}" is not on record on that date, or holds no longer`,
      };
    }
    default:
      return undefined;
  }
};

const transitionDetail = (status: string, allowed: readonly string[], register: Register | undefined): Text => {
  const title = register === undefined ? { zh: status, en: status } : statusTitle(register, status);
  const commands = new Map(register && commandsOf(register).map((each) => [each.command, each.title]));
  const possible = allowed.map((command) => commands.get(command) ?? { zh: command, en: command });
  return {
    zh: `当日状态为“${title.zh}”，可办理：${possible.map(({ zh }) => zh).join('、') || '无'}`,
    en: `On that date the status is "${title.en}"; possible commands: ${possible.map(({ en }) => en).join(', ') || 'none'}`,
  };
};

const inTheWayDetail = (inTheWay: InTheWay, statusAtEnd: string, register: Register): Text => {
  if (inTheWay.is === 'same-value') {
    const { zh, en } = fieldOf(register, inTheWay.field)?.title ?? { zh: '该项', en: 'The value' };
    return {
      zh: `当日的“${zh}”已是该值；只有换成另一个值才能再次办理`,
      en: `${en} has this value on that date already; the command can be given again only with another value`,
    };
  }
  const [there, end] = [statusTitle(register, inTheWay.status), statusTitle(register, statusAtEnd)];
  const before = titlesOfEvents(register, inTheWay.before);
  const after = titlesOfEvents(register, inTheWay.after);
  const zh = [before && `在${before.zh}之后`, after && `在${after.zh}之前`].filter(Boolean).join('、');
  const en = [before && `after ${before.en}`, after && `before ${after.en}`].filter(Boolean).join(' and ');
  return {
    zh: `同一天的记录按登记事项的固定次序排列。本条应排${zh}，当时状态为“${there.zh}”，不能办理；到当日最后状态才是“${end.zh}”。请改用其他日期，或先更正同日的记录`,
    en: `Records of one day have a fixed order, that of the register’s commands. This one would come ${en}, when the status is "${there.en}", which does not allow it; the status is "${end.en}" only at the end of the day. Use another date, or correct a record of that day first`,
  };
};

/** The titles of the commands that recorded some events, in quotation marks; undefined if there are none. */
const titlesOfEvents = (register: Register, types: readonly string[]): Text | undefined => {
  const titles = types.map(
    (type) => register.facts.find(({ event }) => event === type)?.title ?? { zh: type, en: type },
  );
  if (titles.length === 0) return undefined;
  return {
    zh: titles.map(({ zh }) => `“${zh}”`).join('、'),
    en: titles.map(({ en }) => `"${en}"`).join(', '),
  };
};

const submissionStatuses: Readonly<Record<SubmissionStatus, Text>> = {
  pending: { zh: '待复核', en: 'pending' },
  approved: { zh: '已批准', en: 'approved' },
  returned: { zh: '已退回', en: 'returned' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
};

/** What every command takes besides the fields of its register. */
const commonTitles: Readonly<Record<string, Text>> = {
  effectiveOn: { zh: '生效日期', en: 'Effective date' },
  evidence: { zh: '佐证材料', en: 'Evidence' },
  note: { zh: '备注', en: 'Note' },
};

/** The title of the field that a JSON Pointer into a body, or into a correction's data, leads to. */
const titleAt = (register: Register | undefined, pointer: string): Text | undefined => {
  const [, first = '', second = ''] = pointer.split('/');
  const name = first === 'data' ? second : first;
  return commonTitles[name] ?? (register && fieldOf(register, name)?.title);
};

/** What somebody lacks who has none of some roles. */
export const missingRole = (roles: readonly Role[]): Text => {
  const titles = roles.map((role) => roleTitles[role]);
  const [zh, en] =
    roles.length === 1 ? ['需要角色', 'Requires the role'] : ['需要下列角色之一', 'Requires one of these roles'];
  return {
    zh: `${zh}：${titles.map((title) => title.zh).join('、')}`,
    en: `${en}: ${titles.map((title) => title.en).join(', ')}`,
  };
};
