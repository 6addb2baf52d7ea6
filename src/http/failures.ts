import { IssuerAway } from '../identity/issuer.ts';
import { OutcomeUnknown, StoreDamaged, StoreUnavailable } from '../store/event-store.ts';
import { invalid, Problem, unavailable } from './problem.ts';

/** The problem to answer with if the server's own machinery or the store has failed; undefined if that is a bug. */
export const problemFrom = (
  error: Error & { readonly code?: string; readonly statusCode?: number },
): Problem | undefined => {
  if (error instanceof OutcomeUnknown) {
    return unavailable({
      zh: '事件存储未及时作答，是否已记录尚不清楚；以同一 Idempotency-Key 重发即可查明，不会重复记录',
      en: 'The event store did not answer in time, and may have recorded the command; send it again with the same Idempotency-Key to find out, and nothing is recorded twice',
    });
  }
  if (error instanceof StoreDamaged) {
    return unavailable({
      zh: '事件存储中这一登记项的事件已缺失，须由管理员修复；未作任何记录',
      en: 'The event store has lost events of this entry, which an administrator must repair; nothing was recorded',
    });
  }
  if (error instanceof StoreUnavailable) {
    return unavailable({
      zh: '事件存储暂时不可用，未作任何记录',
      en: 'The event store is temporarily unavailable; nothing was recorded',
    });
  }
  if (error instanceof IssuerAway) return issuerAway();
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return unavailable({ zh: '磁盘已满，未作任何记录', en: 'The disk is full; nothing was recorded' });
    case 'EMFILE':
    case 'ENFILE':
    case 'ERR_WORKER_INIT_FAILED': // a thread needs file descriptors too
      return unavailable({
        zh: '服务器可用的文件描述符已用尽，未作任何记录',
        en: 'The server has no file descriptors left; nothing was recorded',
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return new Problem('unsupported-media-type');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return new Problem('payload-too-large');
    case 'FST_PROTO_VIOLATION':
      return ofForm('未知的表单项', 'Unknown part of the form');
    case 'FST_FILES_LIMIT':
      return ofForm('表单只能有一个文件', 'The form may have one file only');
    case 'FST_FIELDS_LIMIT':
    case 'FST_PARTS_LIMIT':
      return ofForm('表单项过多', 'The form has too many parts');
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? invalid({
            in: 'body',
            pointer: '',
            zh: '请求体不完整或长度不符',
            en: 'The body is incomplete, or its length is not as announced',
          })
        : undefined;
  }
};

/** The issuer of OpenID Connect cannot be asked. */
export const issuerAway = (): Problem =>
  unavailable(
    {
      zh: '目前无法连接统一身份认证系统，请稍后重试；仍不成功的，请联系管理员',
      en: 'The identity provider cannot be reached now; try again later, and ask an administrator if that does not help',
    },
    issuerRetrySeconds,
  );
const issuerRetrySeconds = 5;

const ofForm = (zh: string, en: string): Problem => invalid({ in: 'body', pointer: '', zh, en });
