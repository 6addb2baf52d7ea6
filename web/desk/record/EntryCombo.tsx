import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Entry } from '../../answers.ts';
import type { Control } from '../../parts/Field.tsx';
import { useSpoken } from '../../words/words.ts';
import css from './controls.module.css';
import { useEntryName } from './names.ts';
import { usePaused } from './paused.ts';
import { offeredQuery } from './queries.ts';
import { recordWords } from './words.ts';

const typingPauseMs = 200;

type Props = {
  readonly control: Control;
  readonly label: string;
  /** The register whose entries are offered. */
  readonly register: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** An entry is chosen, or the text is taken by Enter; left out where the text alone counts. */
  readonly onChoose?: (key: string) => void;
};

/**
 * A text, with the entries of another register that it may mean, by name or key; choosing one puts its key. Our own,
 * since React Aria's hides the rest of the page from screen readers, focusable as it is, while its list is open.
 */
export const EntryCombo = ({ control, label, register, text, onText, onChoose }: Props) => {
  const { language, said } = useSpoken();
  const { offers } = said(recordWords);
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const words = usePaused(text.trim(), typingPauseMs);
  const nameOf = useEntryName(register);
  const asked = useQuery({ ...offeredQuery(language, register, words), enabled: isOpen || words !== '' });
  const found = asked.data ?? [];
  const chosen = found.find(({ key }) => key === text.trim());

  const open = () => {
    setOpen(true);
    setActive(-1);
  };
  const choose = (key: string) => {
    setOpen(false);
    onText(key);
    onChoose?.(key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const entry = isOpen ? found[active] : undefined;
    if (step !== 0) {
      if (!isOpen) open();
      else if (found.length > 0)
        setActive((known) => (known === -1 && step === -1 ? 0 : known + step + found.length) % found.length);
    } else if (event.key === 'Enter' && entry !== undefined) choose(entry.key);
    else if (event.key === 'Enter' && onChoose !== undefined) choose(text);
    else if (event.key === 'Enter' && isOpen) setOpen(false);
    else if (event.key === 'Escape' && isOpen) setOpen(false);
    else return;
    event.preventDefault();
  };
  return (
    <div className={css.combo}>
      <input
        {...control}
        type="text"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        className={css.comboText}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? listId : undefined}
        aria-activedescendant={isOpen && found[active] !== undefined ? optionId(listId, active) : undefined}
        value={text}
        onChange={(event) => {
          open();
          onText(event.target.value);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
      />
      <button
        type="button"
        tabIndex={-1}
        className={css.comboButton}
        aria-label={offers.open(label)}
        onMouseDown={(event) => event.preventDefault()} // the focus stays in the text
        onClick={() => (isOpen ? setOpen(false) : open())}
      >
        ▾
      </button>
      {isOpen && <Offers id={listId} label={label} found={found} active={active} nameOf={nameOf} onChoose={choose} />}
      <p className={isOpen && found.length === 0 ? css.noOffer : 'visually-hidden'} role="status">
        {isOpen && (asked.isFetching ? offers.searching : offers.found(found.length))}
      </p>
      {chosen !== undefined && !isOpen && <p className={css.chosen}>{offers.chosen(nameOf(chosen))}</p>}
    </div>
  );
};

const optionId = (listId: string, index: number): string => `${listId}-${index}`;

type OffersProps = {
  readonly id: string;
  readonly label: string;
  readonly found: readonly Entry[];
  readonly active: number;
  readonly nameOf: (entry: Entry) => string;
  readonly onChoose: (key: string) => void;
};

const Offers = ({ id, label, found, active, nameOf, onChoose }: OffersProps) => {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label={label}
      tabIndex={-1}
      className={css.offers}
      onMouseDown={(event) => event.preventDefault()}
    >
      {found.map((entry, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard in the text
        <div
          key={entry.key}
          id={optionId(id, index)}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          className={css.offer}
          onClick={() => onChoose(entry.key)}
        >
          <span>{nameOf(entry)}</span>
          <code>{entry.key}</code>
        </div>
      ))}
    </div>
  );
};
