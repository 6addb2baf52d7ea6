import type { Told } from './faults.ts';
import type { Verdict } from './verify.ts';

const told = (zh: string, en: string): Told => ({ zh, en });

export const isVerified = ({ faults, isAnchored }: Verdict): boolean => faults.length === 0 && isAnchored;

/** The answer in both languages. */
export const toldOfVerdict = (verdict: Verdict): Told => {
  if (verdict.faults.length > 0) return told('未通过核对', 'not verified');
  return isVerified(verdict)
    ? told('核对通过', 'verified')
    : told('内部一致，但无锚定', 'consistent, but not anchored');
};

/** What was checked, a line each, if nothing was found to be wrong. */
export const checkedBy = ({
  origin,
  size,
  root,
  texts,
  erased = 0,
  statements,
  unknown = 0,
}: Verdict): readonly Told[] => [
  told(`${origin}：${size} 条，根哈希 ${root}`, `${origin}: ${size} events, root ${root}`),
  told(`已由事件重新计数 ${statements} 个数字`, `${statements} figures counted again from the events`),
  texts === undefined
    ? told('文件夹内无自由文字', 'no free texts in the folder')
    : told(`${texts} 段自由文字与其摘要相符`, `${texts} free texts match their digests`),
  ...(erased === 0
    ? []
    : [
        told(
          `${erased} 段自由文字已删除，均有两人的删除事件为据`,
          `${erased} free texts were erased, as events of two people say`,
        ),
      ]),
  ...(unknown === 0
    ? []
    : [
        told(
          `${unknown} 条事件为本版本不掌握的类型，不计入任何数字`,
          `${unknown} events that this release does not know; they count for nothing`,
        ),
      ]),
];
