import { useState } from 'react';
import type { DeclaredRegister } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { useSpoken } from '../../words/words.ts';
import { Columns, useColumnTitles } from './Columns.tsx';
import css from './imports.module.css';
import { type Mapping, mappingFor, type useSending } from './sending.ts';
import { importWords } from './words.ts';

type Props = {
  readonly sending: ReturnType<typeof useSending>;
  readonly register: DeclaredRegister | undefined;
};

/** What may settle why a file was refused: another sheet, or what its columns give; then it is sent again. */
export const Settling = ({ sending, register }: Props) => {
  const { said } = useSpoken();
  const words = said(importWords);
  const { last, toSettle, isBusy, send } = sending;
  const { columns, sheets } = toSettle;
  const titles = useColumnTitles(register, last?.command ?? '');
  const [chosen, setChosen] = useState<Mapping>(new Map());
  if (last === undefined) return null;
  return (
    <>
      {sheets.length > 0 && (
        <p className={css.row}>
          {words.start.chooseSheet}
          {sheets.map((sheet) => (
            <Button key={sheet} busy={isBusy} onPress={() => void send({ ...last, sheet })}>
              {sheet}
            </Button>
          ))}
        </p>
      )}
      {columns.length > 0 && (
        <>
          <h3>{words.columns.title}</h3>
          <Columns columns={columns} titles={titles} chosen={chosen} onChoose={setChosen} />
          <div>
            <Button kind="main" busy={isBusy} onPress={() => void send({ ...last, map: mappingFor(columns, chosen) })}>
              {words.columns.apply}
            </Button>
          </div>
        </>
      )}
    </>
  );
};
