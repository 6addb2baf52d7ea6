import { useRef, useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import css from './imports.module.css';

type Props = {
  /** Says what to drop here. */
  readonly label: string;
  readonly choose: string;
  readonly busy: boolean;
  readonly onFile: (file: File) => void;
};

/** A place to drop a file on, and a button to choose one. */
export const DropFile = ({ label, choose, busy, onFile }: Props) => {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file !== undefined && !busy) onFile(file);
  };
  return (
    <section
      className={css.drop}
      aria-label={label}
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault(); // else the browser opens the file
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <p>{label}</p>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.xlsx,.xls,text/csv"
        onChange={({ target }) => {
          take(target.files);
          target.value = ''; // so that the same file can be chosen again
        }}
      />
      <Button kind="main" busy={busy} onPress={() => input.current?.click()}>
        {choose}
      </Button>
    </section>
  );
};
