import type { FastifyRequest } from 'fastify';

/** Waits for what is made for a reader, who is not cut meanwhile: there is nothing yet that they could take. */
export const madeFor = async <T>({ raw, server }: FastifyRequest, made: Promise<T>): Promise<T> => {
  raw.socket.setTimeout(0);
  try {
    return await made;
  } finally {
    raw.socket.setTimeout(server.server.timeout);
  }
};
