import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import { encode } from 'uqr';
import type { Text } from '../../domain/field.ts';
import type { Certificate, Row } from './certificate.ts';
import { type Font, fontForDocument, printable } from './font.ts';

/** Draws certificates: one page of A4 in Chinese and English. All lengths are in points (1/72 inch). */

type Paper = PDFKit.PDFDocument;

const page = { width: 595.28, height: 841.89 };
const left = 72;
const width = page.width - 2 * left;
const frame = { outer: 30, inner: 35 };
const ink = '#1a1a1a';
const pale = '#5c5c5c';
const red = '#9c2a22';
/** What stands between the title and the notes has this much room, and so have the notes. */
const body = { top: 176, bottom: 586 };
const notes = { top: 612, bottom: 796, width: width - 128 };
const code = { left: left + width - 100, size: 100 };
const labelWidth = 148;
/** Long names and values are set smaller, so that a certificate is always one page. */
const scales = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3];
/** The first scale with which something fits, or the smallest. */
const fitting = (room: number, heightAt: (scale: number) => number): number =>
  scales.find((scale) => heightAt(scale) <= room) ?? Math.min(...scales);

/** A certificate as a PDF. The same certificate gives the same bytes. */
export const pdfOf = async (certificate: Certificate): Promise<Uint8Array<ArrayBuffer>> => {
  const font = fontForDocument();
  const { title, knownAt, files } = certificate;
  const at = new Date(knownAt);
  const paper: Paper = new PDFDocument({
    size: 'A4',
    margin: 0,
    pdfVersion: '1.7',
    lang: 'zh-CN',
    tagged: true,
    displayTitle: true,
    info: { Title: `${title.zh} ${printable(certificate.name, font)}`, Creator: registry.en, CreationDate: at },
  });
  const bytes = buffer(paper);
  for (const { name, type, description, text } of files)
    paper.file(Buffer.from(text), { name, type, description, creationDate: at, modifiedDate: at });
  draw(paper, font, certificate);
  paper.end();
  return new Uint8Array(await bytes);
};

const registry: Text = { zh: '智能制造登记簿', en: 'Upgrade Registry' };

const draw = (paper: Paper, font: Font, certificate: Certificate): void => {
  const { title, isMadeUp, notes: said, address } = certificate;
  paper.font(font as unknown as PDFKit.Mixins.PDFFontSource);
  const document = paper.struct('Document');
  paper.addStructure(document);
  /** Draws something as a part of the document’s structure, which readers’ programs read aloud. */
  const part: Part = (kind, drawn, options = {}) => {
    document.add(paper.struct(kind, options, drawn));
  };

  // 1. Frame and head
  paper.markContent('Artifact', { type: 'Layout' });
  const framed = (inset: number, line: number) =>
    paper
      .lineWidth(line)
      .rect(inset, inset, page.width - 2 * inset, page.height - 2 * inset)
      .stroke(red);
  framed(frame.outer, 1.4);
  framed(frame.inner, 0.5);
  paper
    .moveTo(left, notes.top - 14)
    .lineTo(left + width, notes.top - 14)
    .stroke(red);
  paper.endMarkedContent();
  part('P', () => line(paper, `${registry.zh}  ${registry.en}`, 62, 10, pale));
  const spaced = { characterSpacing: 4 };
  const titleSize = 30 * fitting(width, (scale) => paper.fontSize(30 * scale).widthOfString(title.zh, spaced));
  part('H1', () => line(paper, title.zh, 114 - titleSize, titleSize, ink, spaced));
  part('P', () => line(paper, title.en, 130, 13, pale), { lang: 'en' });
  if (isMadeUp) part('P', () => line(paper, madeUp, 152, 10, red));

  // 2. Body and notes
  const shown = bodyOf(certificate, font);
  drawBody(paper, shown, part);
  const hasCodes = [shown.name, ...shown.rows.map(({ value }) => value)].some((text) => text.includes('〔U+'));
  drawNotes(paper, font, [...said, ...(hasCodes ? [codesNote] : [])], address, part);
  drawCode(paper, address, part);
  document.end();
};

type Part = (kind: string, drawn: () => void, options?: { readonly lang?: string; readonly alt?: string }) => void;

const madeUp = '演示数据，登记项为虚构  Demonstration: the entry is invented';
const codesNote: Text = {
  zh: '〔U+…〕为字库未收或不可见的字符，以其 Unicode 编码表示。',
  en: '〔U+…〕 stands for a character that the font lacks or that cannot be seen, by its Unicode code point.',
};

/** One line in the middle. */
const line = (paper: Paper, text: string, y: number, size: number, colour: string, options = {}): void => {
  paper
    .fontSize(size)
    .fillColor(colour)
    .text(text, left, y, { width, align: 'center', ...options });
};

type Body = Pick<Certificate, 'statement' | 'name' | 'rows'>;

const bodyOf = ({ statement, name, rows }: Certificate, font: Font): Body => ({
  statement,
  name: printable(name, font),
  rows: rows.map(({ label, value }) => ({ label, value: printable(value, font) })),
});

const sizes = { statement: 11, translation: 9.5, name: 21, value: 11, label: 10, gap: 7 };
/** Above and below the name, which is at most so high. */
const nameGap = 20;
const nameRoom = 150;
/** Extra space between lines, in parts of their size. */
const leading = 0.12;

const measured = (paper: Paper, text: string, size: number, within: number): number =>
  paper.fontSize(size).heightOfString(text, { width: within, lineGap: size * leading });

const labelOf = ({ label: { zh, en } }: Row): string => `${zh}  ${en}`;

const rowHeight = (paper: Paper, row: Row, scale: number): number =>
  sizes.gap * scale +
  Math.max(
    measured(paper, labelOf(row), sizes.label * scale, labelWidth),
    measured(paper, row.value, sizes.value * scale, width - labelWidth),
  );

const drawBody = (paper: Paper, { statement, name, rows }: Body, part: Part): void => {
  const put = (text: string, size: number, x: number, y: number, within: number, options = {}) =>
    paper.fontSize(size).text(text, x, y, { width: within, lineGap: size * leading, ...options });
  let y = body.top;

  paper.fillColor(ink);
  part('P', () => put(statement.zh, sizes.statement, left, y, width));
  y += measured(paper, statement.zh, sizes.statement, width) + 4;
  paper.fillColor(pale);
  part('P', () => put(statement.en, sizes.translation, left, y, width), { lang: 'en' });
  y += measured(paper, statement.en, sizes.translation, width) + nameGap;

  const nameSize = sizes.name * fitting(nameRoom, (scale) => measured(paper, name, sizes.name * scale, width));
  paper.fillColor(ink);
  part('H2', () => put(name, nameSize, left, y, width, { align: 'center' }));
  y += measured(paper, name, nameSize, width) + nameGap;

  const scale = fitting(body.bottom - y, (each) => rows.reduce((sum, row) => sum + rowHeight(paper, row, each), 0));
  const [labelSize, valueSize] = [sizes.label * scale, sizes.value * scale];
  for (const row of rows) {
    part('P', () => {
      paper.fillColor(pale);
      put(labelOf(row), labelSize, left, y + valueSize - labelSize, labelWidth);
      paper.fillColor(ink);
      put(row.value, valueSize, left + labelWidth, y, width - labelWidth);
    });
    y += rowHeight(paper, row, scale);
  }
};

const drawNotes = (paper: Paper, font: Font, said: readonly Text[], address: string, part: Part): void => {
  const texts = [`核验地址  Verification: ${address}`, ...said.map(({ zh, en }) => `${zh} ${en}`)];
  const shown = texts.map((text) => printable(text, font));
  const gap = 4;
  const heightAt = (text: string, scale: number) => measured(paper, text, 8 * scale, notes.width) + gap;
  const scale = fitting(notes.bottom - notes.top, (each) => shown.reduce((sum, text) => sum + heightAt(text, each), 0));
  let y = notes.top;
  for (const text of shown) {
    paper.fillColor(y === notes.top ? ink : pale).fontSize(8 * scale);
    part('P', () => paper.text(text, left, y, { width: notes.width, lineGap: 8 * scale * leading }));
    y += heightAt(text, scale);
  }
};

/** The address as a QR code, with the white border of four modules that ISO/IEC 18004 asks for. */
const drawCode = (paper: Paper, address: string, part: Part): void => {
  const { data, size } = encode(address, { ecc: 'M', border: 0 });
  const module = code.size / size;
  part(
    'Figure',
    () => {
      data.forEach((row, y) => {
        row.forEach((isDark, x) => {
          if (isDark) paper.rect(code.left + x * module, notes.top + y * module, module, module);
        });
      });
      paper.fill('#000000');
    },
    { alt: address },
  );
  paper.fontSize(8).fillColor(ink);
  part('P', () =>
    paper.text('扫码核验 Scan to verify', code.left - 8, notes.top + code.size + 6, {
      width: code.size + 16,
      align: 'center',
    }),
  );
};
