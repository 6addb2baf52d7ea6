import { Fragment } from 'react';
import { useSpoken } from '../../words/words.ts';

/** Words that a line may break between: of Chinese, which has no spaces, only those of two characters and more. */
const isWhole = (segment: string | undefined): boolean => /^\p{Script=Han}{2,}$/u.test(segment ?? '');

/** A title in a narrow column. Browsers break Chinese at any character; here its words stay whole. */
export const WallTitle = ({ children }: { readonly children: string }) => {
  const { language } = useSpoken();
  const segments = [...new Intl.Segmenter(language, { granularity: 'word' }).segment(children)];
  return (
    <h2>
      {segments.map(({ segment, index }, at) => (
        <Fragment key={index}>
          {isWhole(segment) && isWhole(segments[at - 1]?.segment) && <wbr />}
          {segment}
        </Fragment>
      ))}
    </h2>
  );
};
