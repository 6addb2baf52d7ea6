import { type ReactNode, useRef } from 'react';
import { useFar } from './far.ts';

type Props<Item> = {
  readonly pages: readonly (readonly Item[])[];
  /** The row of an item, with its `aria-rowindex`: 1 is the header. */
  readonly children: (item: Item, rowIndex: number) => ReactNode;
};

/** A table's rows as they were read, page by page: however many there are, it stays as quick as a short one. */
export const PagedRows = <Item,>({ pages, children }: Props<Item>) =>
  pages.map((items, index) => {
    const above = pages.slice(0, index).reduce((sum, { length }) => sum + length, 0);
    return (
      <PageOfRows key={above} isFirst={index === 0}>
        {() => items.map((item, place) => children(item, above + place + 2))}
      </PageOfRows>
    );
  });

type PageProps = { readonly isFirst: boolean; readonly children: () => ReactNode };

/** Drawn only near the window; but the first page always, which keeps the columns as wide as they are. */
const PageOfRows = ({ isFirst, children }: PageProps) => {
  const body = useRef<HTMLTableSectionElement>(null);
  const farPx = useFar(body);
  if (farPx !== undefined && !isFirst)
    return (
      <tbody ref={body} aria-hidden="true">
        <tr style={{ height: farPx }} />
      </tbody>
    );
  return <tbody ref={body}>{children()}</tbody>;
};
