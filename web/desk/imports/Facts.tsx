import type { DeclaredRegister, ShownImport } from '../../answers.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { useValueText } from '../../parts/values.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { Name } from '../Name.tsx';
import { useColumnTitles } from './Columns.tsx';
import css from './imports.module.css';
import { importWords } from './words.ts';

type Props = { readonly shown: ShownImport; readonly register: DeclaredRegister | undefined };

/** What an import is: what it records, who began it and when, and where it stands. */
export const Facts = ({ shown, register }: Props) => {
  const { said, titled } = useSpoken();
  const { states, dryRun, dryRunHint, realRun } = said(importWords);
  const command = register?.commands.find(({ name }) => name === shown.command);
  return (
    <>
      <p className={css.line}>
        <span className={css.badge}>{shown.dryRun ? dryRun : realRun}</span>
        <b role="status">{states[shown.state]}</b>
        {shown.dryRun && <span>{dryRunHint}</span>}
      </p>
      <p className={css.line}>
        <span>{register === undefined ? shown.register : titled(register.title)}</span>
        <span>{command === undefined ? shown.command : titled(command.title)}</span>
        <Name subject={shown.by} />
        <time dateTime={shown.startedAt}>{shanghaiMinute(shown.startedAt)}</time>
      </p>
    </>
  );
};

/** What one should know of how the file was read: values set for all of it, sheets, hidden rows, lines left out. */
export const Notes = ({ shown, register }: Props) => {
  const { said, number, language } = useSpoken();
  const { page: words } = said(importWords);
  const { hidden, asides, otherSheets = [], sheet, waitsUnder = [], ended } = shown;
  const list = (names: readonly (string | number)[]) => names.join(language === 'zh' ? '、' : ', ');
  const set = useSetTexts(shown, register);
  const notes: readonly (string | undefined)[] = [
    ended && words.ended(number(ended.rowsUnknown)),
    set.length > 0 ? `${words.set}: ${set.join('; ')}` : undefined,
    sheet && `${words.sheet}: ${sheet}`,
    otherSheets.length > 0 ? words.otherSheets(list(otherSheets)) : undefined,
    hidden && hidden.rows > 0 ? words.hiddenRows(number(hidden.rows), list(hidden.lines)) : undefined,
    hidden && hidden.columns.length > 0 ? words.hiddenColumns(list(hidden.columns)) : undefined,
    hidden?.sheets && hidden.sheets.length > 0 ? words.hiddenSheets(list(hidden.sheets)) : undefined,
  ];
  return (
    <div className={css.notes}>
      {notes
        .filter((note) => note !== undefined)
        .map((note) => (
          <p key={note}>{note}</p>
        ))}
      {waitsUnder.map((other) => (
        <p key={other.import}>
          <PageLink to="/imports/$id" params={{ id: other.import }}>
            {words.waitsUnder(number(other.rows))}
          </PageLink>
        </p>
      ))}
      {asides.length > 0 && (
        <details>
          <summary>{words.asides(number(asides.length))}</summary>
          <ul>
            {asides.map(({ line, text }) => (
              <li key={line}>
                {words.line(number(line))}: {text}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
};

/** The values that were set for the whole file, as people read them. */
const useSetTexts = (
  { set, unusedSet = [], command }: ShownImport,
  register: DeclaredRegister | undefined,
): readonly string[] => {
  const { start, page: words } = useSpoken().said(importWords);
  const valueText = useValueText();
  const titles = new Map(useColumnTitles(register, command));
  const fields = register?.commands.find(({ name }) => name === command)?.fields ?? [];
  return Object.entries(set).map(([name, value]) => {
    const field = fields.find((each) => each.name === name);
    if (name === 'duplicates') return start.duplicates;
    const text = field?.options === undefined ? value : valueText(field, value);
    return `${titles.get(name) ?? name} ${text}${unusedSet.includes(name) ? words.unusedSet : ''}`;
  });
};
