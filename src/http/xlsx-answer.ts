import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { xlsxType } from '../spreadsheets/xlsx-writer.ts';
import { answerOf } from './schemas.ts';

export const xlsxAnswer = answerOf(xlsxType, 'An XLSX');

/** Answers with an XLSX that browsers save under a name. */
export const sendXlsx = (reply: FastifyReply, name: string, sheet: Readable): FastifyReply =>
  reply.type(xlsxType).header('content-disposition', `attachment; filename="${name}"`).send(sheet);
