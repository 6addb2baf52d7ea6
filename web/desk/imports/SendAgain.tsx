import { useState } from 'react';
import type { DeclaredRegister, ShownImport } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { Columns, useColumnTitles } from './Columns.tsx';
import { DropFile } from './DropFile.tsx';
import css from './imports.module.css';
import { Settling } from './Settling.tsx';
import { keptOf, type Mapping, mappingFor, useSending } from './sending.ts';
import { importWords } from './words.ts';

type Props = { readonly shown: ShownImport; readonly register: DeclaredRegister | undefined };

/** How the columns are understood; in a dry run this can be changed, and the file is checked again. */
export const Remapping = ({ shown, register }: Props) => {
  const { said } = useSpoken();
  const { columns: words } = said(importWords);
  const { may } = useSession();
  const [chosen, setChosen] = useState<Mapping>(new Map());
  const sending = useSending();
  const titles = useColumnTitles(register, shown.command);
  const columns = shown.columns ?? [];
  const mayChange = shown.dryRun && register !== undefined && may(register.role);
  const kept = keptOf(shown.id);
  const send = (file: File, sheet = shown.sheet) =>
    void sending.send({ ...sameAs(shown), file, sheet, map: mappingFor(columns, chosen) });
  if (columns.length === 0) return null;
  return (
    <details
      className={css.set}
      open={mayChange && columns.some(({ field, why }) => field === null && why !== undefined)}
    >
      <summary>{words.title}</summary>
      <Columns columns={columns} titles={titles} chosen={chosen} {...(mayChange ? { onChoose: setChosen } : {})} />
      {sending.error !== undefined && <Refusal error={sending.error} />}
      {mayChange && chosen.size > 0 && kept !== undefined && (
        <div>
          <Button kind="main" busy={sending.isBusy} onPress={() => send(kept.file)}>
            {words.apply}
          </Button>
        </div>
      )}
      {mayChange && chosen.size > 0 && kept === undefined && (
        <DropFile label={words.again} choose={words.choose} busy={sending.isBusy} onFile={(file) => send(file)} />
      )}
      {mayChange && kept !== undefined && (
        <OtherSheets
          shown={shown}
          isBusy={sending.isBusy}
          onChoose={(sheet) => void sending.send({ ...kept, map: undefined, sheet })}
        />
      )}
    </details>
  );
};

type SheetsProps = {
  readonly shown: ShownImport;
  readonly isBusy: boolean;
  readonly onChoose: (sheet: string) => void;
};

/** The file's other sheets, each to be read instead. */
const OtherSheets = ({ shown, isBusy, onChoose }: SheetsProps) => {
  const { said } = useSpoken();
  const sheets = [...(shown.otherSheets ?? []), ...(shown.hidden?.sheets ?? [])];
  if (sheets.length === 0) return null;
  return (
    <p className={css.row}>
      {said(importWords).page.readSheet}
      {sheets.map((sheet) => (
        <Button key={sheet} busy={isBusy} onPress={() => onChoose(sheet)}>
          {sheet}
        </Button>
      ))}
    </p>
  );
};

/** The rejected rows, fixed, and sent as the first file was. */
export const FixedFile = ({ shown, register }: Props) => {
  const { said } = useSpoken();
  const { page: words } = said(importWords);
  const sending = useSending();
  const send = (file: File) =>
    void sending.send({ ...sameAs(shown), file, map: mappingFor(shown.columns ?? [], new Map()) });
  return (
    <>
      <DropFile label={words.fixDrop} choose={words.fixChoose} busy={sending.isBusy} onFile={send} />
      {sending.error !== undefined && <Refusal error={sending.error} />}
      <Settling sending={sending} register={register} />
    </>
  );
};

/** What holds for a file that is sent again. */
const sameAs = ({ register, command, set }: ShownImport) => ({ register, command, set });
