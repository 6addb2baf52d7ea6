import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Day } from '../../domain/calendar.ts';
import { attestable, attestedStatus } from '../../domain/certificate.ts';
import type { Text } from '../../domain/field.ts';
import type { Entry } from '../../domain/history.ts';
import { leafOf } from '../../domain/leaf.ts';
import type { Fact, Step } from '../../domain/path.ts';
import { type CertificateDeclaration, type Register, statusTitle } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { planInForce } from '../../domain/targets.ts';
import { eventFromRow, eventWithId } from '../../projections/trail.ts';
import type { AttachedEvent, Certificate } from '../certificates/certificate.ts';
import { certificateOf } from '../certificates/wording.ts';
import { isOpaque } from '../identity/accounts.ts';
import { holds } from '../identity/identity.ts';
import { standing } from '../ledger/audit-state.ts';
import { nodesOf } from '../ledger/tile.ts';
import { leafHash } from '../ledger/tree.ts';
import type { App, Context } from './context.ts';
import { ownAddress } from './credentials.ts';
import { hasSeen, notModified } from './entity-tag.ts';
import { exportsMade } from './export-jobs.ts';
import { proofsOf } from './ledger.ts';
import { recordRead } from './logs.ts';
import { longQuestion } from './long-question.ts';
import { leftBy, readerOf, unlessLeft } from './long-reads.ts';
import { positionHeaders } from './parameters.ts';
import { Problem, unavailable } from './problem.ts';
import { viewOf } from './reading.ts';
import { answerOf } from './schemas.ts';
import { madeFor } from './stalls.ts';

const mediaType = 'application/pdf';
/** Finished certificates are kept up to so many bytes. */
const keptBytes = 16 * 1_048_576;
/** A fact that was corrected more often has its first leaf and its last ones attached. */
const correctionsAttached = 20;

/** A certificate as a PDF. What draws it is loaded with the first one, in the thread that makes it. */
export const certificateQuestion = longQuestion('certificate', async (_questions, certificate: Certificate) => {
  const { pdfOf } = await import('../certificates/paper.ts');
  return { bytes: await pdfOf(certificate) };
});

const attesting = registers.filter(({ certificate }) => certificate !== undefined).map(({ name }) => name);

/** The certificates of the registers that declare one. */
export const certificateRoutes = (app: App, context: Context): void => {
  const { config, model, questions, longReads, isMadeUp } = context;
  const made = exportsMade(longReads.exportThread, certificateQuestion, keptBytes);
  app.get(
    '/api/v1/:register/:key/certificate.pdf',
    {
      config: { produces: [mediaType] },
      schema: {
        tags: ['registers'],
        summary: 'A printable certificate of what is certified, designated, verified, published or listed now',
        description:
          'One page of A4 in Chinese and English, with a QR code that leads to the entry’s page. Attached are proofs (C2SP tlog-proof) that the signed ledger has the fact on which it rests and its corrections: with their leaves or, for readers who are no auditors, with the hashes of those that may name people. An event that no checkpoint covers yet is waited for up to 2 s, then 503.',
        operationId: 'certificate',
        headers: positionHeaders,
        params: z.object({ register: z.string().meta({ enum: attesting }), key: z.string() }),
        querystring: z.strictObject({}),
        response: { 200: answerOf(mediaType, 'A PDF') },
      },
    },
    async (request, reply) => {
      // 1. What holds now
      const { register, declared, key } = askedFor(request.params);
      const { position } = model.place();
      const { on, size, knownAt } = viewOf(context, {});
      const entry = questions.entryAt(register, key, size);
      const found = attestable(entry, declared, on);
      if (found === undefined || knownAt === null) throw new Problem('not-found');
      const { step, fact } = found;
      if (fact === undefined || step.state.status !== attestedStatus(register))
        throw noCertificate(register, step, fact === undefined ? wasAnnulled(entry, declared, on) : 'ended');

      // 2. What shows it
      requireSound(context);
      const left = leftBy(request, reply);
      const mayReadLeaves = holds(request.identity, 'auditor');
      if (mayReadLeaves) recordRead(context, request, 'trail');
      const events = await attachedEvents(context, fact, mayReadLeaves, left);
      const plans = questions.plans({ on, size }).filter(({ from }) => from <= fact.effectiveOn);
      const plan = planInForce(plans, fact.effectiveOn);
      const certificate = certificateOf({
        register,
        ...declared,
        key: entry.key,
        state: step.state,
        fact,
        plan: plan !== undefined && fact.effectiveOn <= plan.to ? plan : undefined,
        on,
        size,
        knownAt,
        address: ownAddress(request, `/registers/${register.name}/${encodeURIComponent(entry.key)}`).href,
        ledger: config.origin,
        events,
        isMadeUp,
      });

      // 3. The same certificate has the same bytes
      const etag = `"${createHash('sha256').update(JSON.stringify(certificate)).digest('base64url')}"`;
      reply.header('etag', etag).header('registry-position', position);
      if (hasSeen(request, etag)) return notModified(reply);
      const asked = { task: certificate, position, isExact: true };
      const file = await unlessLeft(left, madeFor(request, made.get(asked, readerOf(request), left)));
      if (file === undefined) return reply.hijack();
      const name = `certificate-${register.name}-${entry.key}.pdf`;
      return reply.type(mediaType).header('content-disposition', `inline; filename="${name}"`).send(file.bytes);
    },
  );
};

type Declared = {
  readonly register: Register;
  readonly declared: CertificateDeclaration;
  readonly key: string;
};

/** What a path names; 404 if the register attests nothing, or the key can be none of its keys. */
const askedFor = (params: { readonly register: string; readonly key: string }): Declared => {
  const register = registerNamed(params.register);
  const declared = register?.certificate;
  const key = register?.key.parse(params.key);
  if (register === undefined || declared === undefined || key === undefined) throw new Problem('not-found');
  return { register, declared, key };
};

/** Whether an entry has none because the fact on which one rested was annulled, or has had none. */
const wasAnnulled = ({ facts }: Entry, { command }: CertificateDeclaration, on: Day): Lack =>
  facts.some(({ kind, effectiveOn, annulledBy }) => kind.command === command && effectiveOn <= on && annulledBy)
    ? 'annulled'
    : 'none-yet';

type Lack = 'ended' | 'annulled' | 'none-yet';

const noCertificate = (register: Register, { state, since }: Step, lack: Lack): Problem => {
  const { zh, en } = statusTitle(register, state.status);
  const details: Readonly<Record<Lack, Text>> = {
    ended: {
      zh: `该登记项自 ${since} 起为“${zh}”，证书不再有效`,
      en: `Since ${since} the entry has been "${en}", so its certificate no longer holds`,
    },
    annulled: {
      zh: `证书所依据的记录已作废，证书无效；该登记项自 ${since} 起为“${zh}”`,
      en: `The record on which its certificate rested was annulled, so the certificate does not hold; since ${since} the entry has been "${en}"`,
    },
    'none-yet': {
      zh: `该登记项自 ${since} 起为“${zh}”，尚无证书`,
      en: `Since ${since} the entry has been "${en}", and it has no certificate yet`,
    },
  };
  return new Problem('no-certificate', { entryStatus: state.status, since }, details[lack]);
};

/** The events of a fact and its corrections. If a leaf may name people, only those who may read the ledger get it. */
const attachedEvents = async (
  { model, ledger }: Pick<Context, 'model' | 'ledger'>,
  { id, correctedBy }: Fact,
  mayReadLeaves: boolean,
  left: AbortSignal,
): Promise<readonly AttachedEvent[]> => {
  const events = [id, ...correctedBy.slice(-correctionsAttached)].map((each) => {
    const row = model.get(eventWithId(each));
    const made = row && leafOf(eventFromRow(row));
    if (row === undefined || made === undefined || 'noLeaf' in made) throw inDoubt();
    const { by, approvedBy = by } = eventFromRow(row).metadata;
    const isPublic = isOpaque(by) && isOpaque(approvedBy);
    return { entryNumber: row.entry_number, recordedAt: row.recorded_at, leaf: made.leaf, isPublic };
  });
  const proofs = await proofsOf(
    ledger,
    events.map(({ entryNumber }) => entryNumber),
    left,
  );
  return events.map(({ entryNumber, recordedAt, leaf, isPublic }, index) => {
    const hash = leafHash(leaf);
    if (!ledger.withHashes((read) => nodesOf(read)(0, entryNumber)).equals(hash)) throw inDoubt();
    return {
      entryNumber,
      recordedAt,
      proof: String(proofs[index]),
      leafHash: hash.toString('hex'),
      leaf: isPublic || mayReadLeaves ? leaf : undefined,
    };
  });
};

/** Refuses while this node knows that its ledger is not what was signed: it might lack the very event that revoked this. */
const requireSound = ({ ledger, audit }: Pick<Context, 'ledger' | 'audit'>): void => {
  if (ledger.fault() !== undefined || standing(audit.state()).length > 0) throw inDoubt();
};

const inDoubt = (): Problem =>
  unavailable({
    zh: '台账核查发现问题，暂不出具证书；请联系管理员',
    en: 'Something is wrong with the ledger, so no certificates are made at the moment; ask your administrator',
  });
