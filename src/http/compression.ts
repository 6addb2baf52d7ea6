import compress from '@fastify/compress';
import type { App } from './context.ts';

/** Smaller answers would hardly become fewer packets. */
const thresholdBytes = 2_048;
/** Answers up to this size are compressed at once, which takes far less than 1 ms; larger ones in threads. */
const atOnceBytes = 8_192;

/** JSON, CSV and pages; neither what is compressed already, such as XLSX, nor streams, whose messages must not wait. */
const isWorthIt = (type: string): boolean =>
  /^(application\/(.+\+)?json|text\/(csv|html|css|javascript|plain))(;|$)/.test(type);

/** Answers that are worth it go out in brotli or gzip if the reader takes it. */
export const compression = async (app: App): Promise<void> => {
  app.addHook('onSend', (_request, reply, payload, done) => {
    const isShort =
      (typeof payload === 'string' || Buffer.isBuffer(payload)) && Buffer.byteLength(payload) < thresholdBytes;
    if (payload != null && !isShort && isWorthIt(String(reply.getHeader('content-type')))) {
      const vary = reply.getHeader('vary');
      reply.header('vary', vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding`);
    }
    done();
  });
  await app.register(compress, {
    encodings: ['br', 'gzip'],
    threshold: thresholdBytes,
    syncThreshold: atOnceBytes,
    customTypes: isWorthIt,
    globalDecompression: false,
  });
};
