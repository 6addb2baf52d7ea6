import type { FastifyReply, FastifyRequest } from 'fastify';

/** Whether a request says that its reader has the representation of an entity tag (If-None-Match, RFC 9110 §13.1.2). */
export const hasSeen = ({ headers }: FastifyRequest, etag: string): boolean => {
  const seen = (headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return seen.includes(etag) || seen.includes('*');
};

export const notModified = (reply: FastifyReply): FastifyReply => reply.code(304).send();
