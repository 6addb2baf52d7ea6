import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { callbackPath } from './oidc.ts';

/**
 * One line for each answer, with what was asked; that somebody has asked, before the answer, is a line at `debug`. The
 * address that a sign-in at the issuer comes back to has a code, so it is not logged.
 */
export class RequestLog extends LogController {
  constructor() {
    super({ disableRequestLogging: ({ url }) => url.startsWith(callbackPath) });
  }

  override incomingRequest(request: FastifyRequest): void {
    if (!this.isLogDisabled(request)) request.log.debug({ req: request }, 'incoming request');
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    if (this.isLogDisabled(request)) return;
    const said = { req: request, res: reply, responseTime: reply.elapsedTime };
    if (error) reply.log.error({ ...said, err: error }, 'request errored');
    else reply.log.info(said, 'request completed');
  }
}
