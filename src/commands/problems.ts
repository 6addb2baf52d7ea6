import type { Text } from '../../domain/field.ts';
import type { Rejection } from '../../domain/rejection.ts';

/** Every refusal with its status, its title, and what the person refused can do. `type` is `/problems/<code>`. */
export const problems = {
  'invalid-request': {
    status: 400,
    title: { zh: '请求不符合要求', en: 'The request is not valid' },
    advice: {
      zh: '请按 errors 逐条更正后重新提交；未作任何记录。',
      en: 'Fix each problem listed in errors, then send the request again; nothing was recorded.',
    },
  },
  unauthorized: {
    status: 401,
    title: { zh: '请先登录，或附上有效的令牌', en: 'Sign in, or send a valid token' },
    advice: {
      zh: '请在页面登录；程序请在 Authorization: Bearer 中附上未过期的令牌，可用 ./registry token 签发。',
      en: 'Sign in on the page. A program sends an unexpired token as Authorization: Bearer; ./registry token issues one.',
    },
  },
  'sign-in-failed': {
    status: 401,
    title: { zh: '用户名或密码不正确', en: 'The name or the password is wrong' },
    advice: {
      zh: '请核对后重试；连续多次失败后，须稍候才能再试。忘记密码的，请联系管理员重设。',
      en: 'Check both and try again; after several failures you have to wait before the next attempt. If you have forgotten your password, ask an administrator to set a new one.',
    },
  },
  'sign-in-not-completed': {
    status: 400,
    title: { zh: '登录未完成', en: 'The sign-in was not completed' },
    advice: {
      zh: '请回到本系统的页面，重新登录；仍不成功的，请联系管理员。',
      en: 'Return to the registry’s page and sign in again. If that fails too, ask an administrator.',
    },
  },
  forbidden: {
    status: 403,
    title: { zh: '无相应权限', en: 'You lack the required role' },
    advice: {
      zh: '请向管理员申请 role 所列的角色。',
      en: 'Ask the administrator for a role that role names.',
    },
  },
  'cross-site': {
    status: 403,
    title: { zh: '请求并非来自本系统的页面', en: 'The request does not come from the registry’s own page' },
    advice: {
      zh: '请在本系统的页面上操作。程序请改用 Authorization: Bearer 令牌；如需登录，请以 Origin 头注明本系统的地址。',
      en: 'Use the registry’s own page. A program sends a token as Authorization: Bearer; if it has to sign in, it sends the registry’s own address as Origin.',
    },
  },
  'second-person-needed': {
    status: 403,
    title: { zh: '须由他人复核', en: 'A second person is required' },
    advice: {
      zh: '不能批准或退回自己提交的记录；请由其他复核人处理，或自行撤回。',
      en: 'You cannot approve or return your own submission; ask another reviewer, or withdraw it.',
    },
  },
  'not-own-submission': {
    status: 403,
    title: { zh: '只能撤回自己的提交', en: 'You can withdraw only your own submission' },
    advice: { zh: '复核人可以退回他人的提交。', en: 'A reviewer can return another person’s submission.' },
  },
  'not-found': {
    status: 404,
    title: { zh: '未找到', en: 'Not found' },
    advice: {
      zh: '请核对路径中的登记簿、编号和操作；全部路径见 /api/docs。',
      en: 'Check the register, key and command in the path; /api/docs lists every path.',
    },
  },
  'no-certificate': {
    status: 404,
    title: { zh: '该登记项目前没有证书', en: 'The entry has no certificate now' },
    advice: {
      zh: '证书只发给现为已认定、已发布或已上市的登记项；entryStatus 是其当前状态，since 是该状态的起始日期。',
      en: 'Only what is certified, designated, verified, published or listed now has a certificate; entryStatus is the entry’s status now, since the day from which it has had it.',
    },
  },
  'method-not-allowed': {
    status: 405,
    title: { zh: '该路径不支持此方法', en: 'The path does not support this method' },
    advice: { zh: '请使用 Allow 头列出的方法。', en: 'Use a method that the Allow header lists.' },
  },
  'not-acceptable': {
    status: 406,
    title: { zh: '无法提供所请求的格式', en: 'The requested format is not available' },
    advice: {
      zh: '请在 Accept 中改用其他类型，或省略该请求头。',
      en: 'Request another type in Accept, or omit the header.',
    },
  },
  'request-timeout': {
    status: 408,
    title: { zh: '请求未能及时送达', en: 'The request took too long to arrive' },
    advice: {
      zh: '请检查网络后重新提交；未作任何记录。',
      en: 'Check the network and send the request again; nothing was recorded.',
    },
  },
  'transition-not-allowed': {
    status: 409,
    title: { zh: '当时的状态不允许此操作', en: 'The status on that date does not allow this command' },
    advice: {
      zh: 'entryStatus 是生效日期当日的状态，allowed 是当日可办理的操作。',
      en: 'entryStatus is the status on the effective date, allowed the commands that are possible on that date.',
    },
  },
  'breaks-history': {
    status: 409,
    title: { zh: '此操作将使其他记录失效', en: 'Another record would no longer be valid' },
    advice: {
      zh: 'breaks 指出第一条将失效的记录；请先更正或作废该记录，或改用其他日期。',
      en: 'breaks names the first record that would no longer be valid; correct or annul it first, or use another date.',
    },
  },
  'not-correctable': {
    status: 409,
    title: { zh: '该记录不能更正或作废', en: 'The record cannot be corrected or annulled' },
    advice: {
      zh: '只能更正或作废本登记项中尚未作废的记录；全部记录见其历史。',
      en: 'Only records of this entry that are not annulled can be corrected or annulled; its history lists them.',
    },
  },
  'already-decided': {
    status: 409,
    title: { zh: '该提交已有处理结果', en: 'The submission is already decided' },
    advice: {
      zh: '请重新读取该提交，查看处理人和结果。',
      en: 'Read the submission again to see who decided it.',
    },
  },
  'too-many-pending': {
    status: 409,
    title: { zh: '该登记项待复核的提交过多', en: 'Too many submissions of this entry wait' },
    advice: {
      zh: 'limit 是一个登记项同时待复核提交的上限；请先批准、退回或撤回其中一些。',
      en: 'limit is how many submissions of one entry can wait at once; approve, return or withdraw some of them first.',
    },
  },
  'entry-full': {
    status: 409,
    title: { zh: '该登记项的记录已满', en: 'The entry is full' },
    advice: {
      zh: 'limit 是一个登记项记录数的上限；不能再新增记录，已提交的仍可处理。请联系系统管理员。',
      en: 'limit is how many events one entry can have; it takes no more commands, but what waits can still be decided. Ask your administrator.',
    },
  },
  'import-running': {
    status: 409,
    title: { zh: '导入仍在进行', en: 'The import is still running' },
    advice: { zh: '请在导入完成后再处理。', en: 'Decide it after it has finished.' },
  },
  'name-taken': {
    status: 409,
    title: { zh: '该用户名已被使用', en: 'Another account has this name' },
    advice: {
      zh: '请换一个用户名。仅大小写、全角半角、空格或不可见字符不同的，视为同一用户名。',
      en: 'Choose another name. Names that differ only in case, width, spaces or invisible characters are the same name.',
    },
  },
  'dry-run': {
    status: 409,
    title: { zh: '这是试导入，没有作任何记录', en: 'This is a dry run, which has recorded nothing' },
    advice: {
      zh: '没有可批准、退回或撤销的内容；请先用 POST /api/v1/imports/{id}/run 正式导入。',
      en: 'There is nothing to approve, return or undo; first import for real with POST /api/v1/imports/{id}/run.',
    },
  },
  'last-admin': {
    status: 409,
    title: { zh: '这是最后一位可登录的管理员', en: 'This is the last administrator who can sign in' },
    advice: {
      zh: '不能删除、停用，也不能取消其管理员角色。请先让另一位管理员设好密码。',
      en: 'It can be neither deleted nor disabled, and keeps the role. First make another administrator, who has chosen a password.',
    },
  },
  'link-ended': {
    status: 410,
    title: { zh: '链接已失效', en: 'The link is no longer valid' },
    advice: {
      zh: '链接只能使用一次，且有时限。请向管理员索取新的链接；尚无任何账户的，重启服务即可得到新的链接。',
      en: 'A link works once and for a limited time. Ask an administrator for a new one; if there is no account yet, restart the server, which prints one.',
    },
  },
  'revision-mismatch': {
    status: 412,
    title: { zh: '该登记项已被他人更新', en: 'The entry has a newer revision' },
    advice: {
      zh: '请重新读取该登记项，核对后以 revision 作为 If-Match 重新提交。',
      en: 'Read the entry again; if your request still applies, send it with revision as If-Match.',
    },
  },
  'payload-too-large': {
    status: 413,
    title: { zh: '内容过大', en: 'Too large' },
    advice: {
      zh: '请缩短内容；佐证材料请以 uri 和 sha256 引用，不要随请求发送。',
      en: 'Shorten it; refer to evidence by uri and sha256 instead of sending it.',
    },
  },
  'unsupported-media-type': {
    status: 415,
    title: { zh: '不支持该内容类型', en: 'The media type is not supported' },
    advice: {
      zh: '操作请以 application/json 提交，导入请以 multipart/form-data 提交。',
      en: 'Send commands as application/json and imports as multipart/form-data.',
    },
  },
  'idempotency-key-reused': {
    status: 422,
    title: { zh: '该 Idempotency-Key 已用于其他内容', en: 'The Idempotency-Key was used with another body' },
    advice: {
      zh: '不同的操作请使用新的 Idempotency-Key。仅备注、原因等自由文字不同的，视为同一操作。',
      en: 'Use a new Idempotency-Key for another command. A command that differs only in notes, reasons and other free texts is the same one.',
    },
  },
  'unknown-reference': {
    status: 422,
    title: { zh: '所引用的登记项无效', en: 'The referenced entry is not valid on that date' },
    advice: {
      zh: '所引用的登记项在生效日期当日须已登记且未退出。',
      en: 'The referenced entry must be registered on the effective date and must not have left.',
    },
  },
  'check-character': {
    status: 422,
    title: { zh: '统一社会信用代码校验未通过', en: 'The code fails its check' },
    advice: {
      zh: '请核对代码。代码确为早年发放且校验位不符的，可将 codeConfirmed 设为 true，并至少附一份佐证材料；一律不接受身份证号码。',
      en: 'Check the code. A code that was issued with a wrong check character is accepted with codeConfirmed: true and evidence; an identity-card number never is.',
    },
  },
  'revision-required': {
    status: 428,
    title: { zh: '须注明所依据的修订号', en: 'The revision is required' },
    advice: {
      zh: '请以 If-Match: "<revision>" 注明所读到的修订号。',
      en: 'Send If-Match: "<revision>" with the revision that you read.',
    },
  },
  'too-many-requests': {
    status: 429,
    title: { zh: '请求过于频繁', en: 'Too many requests' },
    advice: {
      zh: '请按 Retry-After 给出的秒数等待后重试。',
      en: 'Wait for the number of seconds that Retry-After gives.',
    },
  },
  'expectation-failed': {
    status: 417,
    title: { zh: '不支持请求头 Expect 所要求的', en: 'What the header Expect asks for is not supported' },
    advice: {
      zh: '请去掉请求头 Expect，或只用 100-continue；未作任何记录。',
      en: 'Leave out the header Expect, or use only 100-continue; nothing was recorded.',
    },
  },
  'headers-too-large': {
    status: 431,
    title: { zh: '请求头过大', en: 'The headers are too large' },
    advice: { zh: '请缩短请求头。', en: 'Shorten the headers.' },
  },
  'internal-error': {
    status: 500,
    title: { zh: '内部错误', en: 'Internal error' },
    advice: {
      zh: '请重试；如仍出错，请将 X-Request-Id 告知管理员。',
      en: 'Try again; if it persists, tell the administrator the X-Request-Id.',
    },
  },
  overloaded: {
    status: 503,
    title: { zh: '服务繁忙', en: 'The server is busy' },
    advice: {
      zh: '未作任何记录；请按 Retry-After 给出的秒数等待后重试。',
      en: 'Nothing was recorded; try again after the number of seconds that Retry-After gives.',
    },
  },
  unavailable: {
    status: 503,
    title: { zh: '暂时不可用', en: 'Temporarily unavailable' },
    advice: {
      zh: '未作任何记录；请按 Retry-After 给出的秒数等待后重试。',
      en: 'Nothing was recorded; try again after the number of seconds that Retry-After gives.',
    },
  },
} as const satisfies Record<string, { status: number; title: Text; advice: Text }>;

export type ProblemCode = keyof typeof problems;

/** The problem of a rejection. */
export const problemCodeOf = ({ code }: Rejection): ProblemCode =>
  code === 'event-too-large' ? 'payload-too-large' : code;
