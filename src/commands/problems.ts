import type { Text } from '../../domain/field.ts';
import type { Register } from '../../domain/register.ts';
import type { Rejection } from '../../domain/rejection.ts';

/** Every refusal with its status, its title, and what whoever meets it can do. `type` is `/problems/<code>`. */
export const problems = {
  'invalid-request': {
    status: 400,
    title: { zh: '请求不符合要求', en: 'The request is not valid' },
    advice: {
      zh: '按 errors 中逐条列出的位置更正后重发；什么都没有记录。',
      en: 'Correct what errors lists, place by place, and send it again; nothing was recorded.',
    },
  },
  unauthorized: {
    status: 401,
    title: { zh: '需要有效的令牌', en: 'A valid token is needed' },
    advice: {
      zh: '在 Authorization: Bearer 中附上未过期的令牌；用 ./registry token 可以签发。',
      en: 'Send an unexpired token as Authorization: Bearer; ./registry token issues one.',
    },
  },
  forbidden: {
    status: 403,
    title: { zh: '缺少所需的角色', en: 'A role is missing' },
    advice: { zh: '向管理员申请 role 所列的角色。', en: 'Ask the administrator for the role that role names.' },
  },
  'second-person-needed': {
    status: 403,
    title: { zh: '须由另一人决定', en: 'A second person is needed' },
    advice: {
      zh: '任何人都不能批准或退回自己提交的记录；请另一位复核人处理，或自行撤回。',
      en: 'Nobody approves or returns what they submitted; ask another reviewer, or withdraw it.',
    },
  },
  'not-own-submission': {
    status: 403,
    title: { zh: '只能撤回自己的提交', en: 'Only one’s own submission can be withdrawn' },
    advice: { zh: '复核人可以退回他人的提交。', en: 'A reviewer can return the submission of somebody else.' },
  },
  'not-found': {
    status: 404,
    title: { zh: '没有找到', en: 'Not found' },
    advice: {
      zh: '检查路径中的登记簿、编号与命令；/api/docs 列出全部路径。',
      en: 'Check the register, key and command in the path; /api/docs lists every path.',
    },
  },
  'method-not-allowed': {
    status: 405,
    title: { zh: '此路径不接受该方法', en: 'The path does not take this method' },
    advice: { zh: '使用 Allow 头列出的方法。', en: 'Use a method that the Allow header lists.' },
  },
  'not-acceptable': {
    status: 406,
    title: { zh: '无法给出所要求的格式', en: 'The format asked for is not to be had' },
    advice: {
      zh: '改用 Accept 中的其他类型，或不发送该头。',
      en: 'Ask for another type in Accept, or leave the header out.',
    },
  },
  'request-timeout': {
    status: 408,
    title: { zh: '请求未能及时送达', en: 'The request took too long to arrive' },
    advice: {
      zh: '检查网络后重发；什么都没有记录。',
      en: 'Check the network and send it again; nothing was recorded.',
    },
  },
  'transition-not-allowed': {
    status: 409,
    title: { zh: '当时的状态不允许此命令', en: 'The status on that day does not allow the command' },
    advice: {
      zh: 'entryStatus 是生效日当天的状态，allowed 是那天可以执行的命令。',
      en: 'entryStatus is the status on the effective date, allowed the commands that are possible on that day.',
    },
  },
  'breaks-history': {
    status: 409,
    title: { zh: '会使其他记录不再成立', en: 'Another record would no longer fit' },
    advice: {
      zh: 'breaks 指出第一条不再成立的记录；先更正或撤销它，或改用其他日期。',
      en: 'breaks names the first record that would no longer fit; correct or annul it first, or use another day.',
    },
  },
  'not-correctable': {
    status: 409,
    title: { zh: '该事件不能更正或撤销', en: 'The event can not be corrected or annulled' },
    advice: {
      zh: '只有本登记项的、尚未撤销的事实可以更正或撤销；历史中列出全部事件。',
      en: 'Only facts of this entry that are not annulled can be corrected or annulled; the history lists them.',
    },
  },
  'already-decided': {
    status: 409,
    title: { zh: '该提交已有决定', en: 'The submission is already decided' },
    advice: { zh: '重新读取该提交，查看由谁作了决定。', en: 'Read the submission again to see who decided it.' },
  },
  'import-running': {
    status: 409,
    title: { zh: '导入仍在进行', en: 'The import is still running' },
    advice: { zh: '等导入完成后再作决定。', en: 'Decide it once it has finished.' },
  },
  'revision-mismatch': {
    status: 412,
    title: { zh: '登记项已有新的修订', en: 'The entry has a newer revision' },
    advice: {
      zh: '重新读取登记项，确认后以 revision 作为 If-Match 重发。',
      en: 'Read the entry again and, if it still holds, send it with revision as If-Match.',
    },
  },
  'payload-too-large': {
    status: 413,
    title: { zh: '内容过大', en: 'Too large' },
    advice: {
      zh: '缩短内容；佐证材料以 uri 与 sha256 引用，不要随请求发送。',
      en: 'Shorten it; refer to evidence by uri and sha256 instead of sending it.',
    },
  },
  'unsupported-media-type': {
    status: 415,
    title: { zh: '不支持的内容类型', en: 'The media type is not supported' },
    advice: {
      zh: '命令以 application/json 发送，导入以 multipart/form-data 发送。',
      en: 'Send commands as application/json and imports as multipart/form-data.',
    },
  },
  'idempotency-key-reused': {
    status: 422,
    title: { zh: '幂等键已用于其他内容', en: 'The idempotency key was used with another body' },
    advice: { zh: '为不同的命令使用新的 Idempotency-Key。', en: 'Use a new Idempotency-Key for another command.' },
  },
  'unknown-reference': {
    status: 422,
    title: { zh: '引用的登记项不成立', en: 'The reference does not hold' },
    advice: {
      zh: '所引用的登记项在生效日当天须已登记且未退出。',
      en: 'The entry referred to must be registered on the effective date and not have left.',
    },
  },
  'check-character': {
    status: 422,
    title: { zh: '统一社会信用代码校验不通过', en: 'The code fails its check' },
    advice: {
      zh: '核对代码。确属早年发放且校验位不符的，以 codeConfirmed: true 并附至少一件佐证登记；身份证号码一律不收。',
      en: 'Check the code. One that was issued with a wrong check character is taken with codeConfirmed: true and evidence; an identity-card number never is.',
    },
  },
  'revision-required': {
    status: 428,
    title: { zh: '须注明所依据的修订', en: 'The revision must be given' },
    advice: {
      zh: '以 If-Match: "<revision>" 注明所读到的修订。',
      en: 'Send If-Match: "<revision>" with the revision you read.',
    },
  },
  'too-many-requests': {
    status: 429,
    title: { zh: '请求过于频繁', en: 'Too many requests' },
    advice: { zh: '等候 Retry-After 所示的秒数。', en: 'Wait for the seconds that Retry-After gives.' },
  },
  'headers-too-large': {
    status: 431,
    title: { zh: '请求头过大', en: 'The headers are too large' },
    advice: { zh: '缩短请求头。', en: 'Shorten the headers.' },
  },
  'internal-error': {
    status: 500,
    title: { zh: '内部错误', en: 'Internal error' },
    advice: {
      zh: '重试；仍然出错时把 X-Request-Id 告知管理员。',
      en: 'Try again; where it goes on, tell the administrator the X-Request-Id.',
    },
  },
  overloaded: {
    status: 503,
    title: { zh: '服务繁忙', en: 'Too busy' },
    advice: {
      zh: '什么都没有记录；等候 Retry-After 所示的秒数后重试。',
      en: 'Nothing was recorded; try again after the seconds that Retry-After gives.',
    },
  },
  unavailable: {
    status: 503,
    title: { zh: '暂时不可用', en: 'Unavailable for now' },
    advice: {
      zh: '什么都没有记录；等候 Retry-After 所示的秒数后重试。',
      en: 'Nothing was recorded; try again after the seconds that Retry-After gives.',
    },
  },
} as const satisfies Record<string, { status: number; title: Text; advice: Text }>;

export type ProblemCode = keyof typeof problems;

/** The problem of a rejection. */
export const problemCodeOf = ({ code }: Rejection): ProblemCode =>
  code === 'event-too-large' ? 'payload-too-large' : code;

/** A rejection in one line, for whoever reads no problem documents. */
export const reasonOf = (rejection: Rejection, register?: Register): Text => {
  const { title, advice } = problems[problemCodeOf(rejection)];
  const detail = detailOf(rejection, register) ?? advice;
  return { zh: `${title.zh}：${detail.zh}`, en: `${title.en}: ${detail.en}` };
};

/** What exactly stands in the way of a command; undefined where the problem's advice says all there is. */
export const detailOf = (rejection: Rejection, _register?: Register): Text | undefined => {
  switch (rejection.code) {
    case 'event-too-large':
      return {
        zh: `记录为规范 JSON 后超过 ${rejection.limitBytes} 字节`,
        en: `As canonical JSON the event would exceed ${rejection.limitBytes} bytes`,
      };
    case 'invalid-request':
      return {
        zh: rejection.errors.map((error) => `${error.pointer ?? error.name ?? ''} ${error.zh}`.trim()).join('；'),
        en: rejection.errors.map((error) => `${error.pointer ?? error.name ?? ''} ${error.en}`.trim()).join('; '),
      };
    case 'transition-not-allowed':
      return {
        zh: `生效日当天的状态为“${rejection.entryStatus}”，可以执行：${rejection.allowed.join('、') || '无'}`,
        en: `On the effective date the status is ${rejection.entryStatus}; possible: ${rejection.allowed.join(', ') || 'nothing'}`,
      };
    case 'breaks-history': {
      const { type, effectiveOn, event } = rejection.breaks;
      return {
        zh: `${effectiveOn} 的 ${type}（${event}）将不再成立`,
        en: `${type} of ${effectiveOn} (${event}) would no longer fit`,
      };
    }
    case 'revision-mismatch':
    case 'revision-required':
      return {
        zh: `当前修订为 ${rejection.revision ?? '无'}`,
        en: `The current revision is ${rejection.revision ?? 'none'}`,
      };
    case 'already-decided':
      return {
        zh: `该提交的状态为“${rejection.submissionStatus}”`,
        en: `The submission is ${rejection.submissionStatus}`,
      };
    case 'unknown-reference':
      return {
        zh: `${rejection.pointer}：${rejection.reference} 在当天不是有效的登记项`,
        en: `${rejection.pointer}: ${rejection.reference} is not a valid entry on that day`,
      };
    default:
      return undefined;
  }
};
