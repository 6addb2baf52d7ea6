import { useParams, useSearch } from '@tanstack/react-router';
import { CommandForm } from './CommandForm.tsx';
import { Commanded } from './CommandPage.tsx';
import { Gate } from './Gate.tsx';

/** A command that begins an entry, whose key is typed. */
export const RecordPage = () => {
  const { register, command } = useParams({ from: '/record/$register/$command' });
  const { key, on } = useSearch({ from: '/record/$register/$command' });
  return (
    <Commanded name={register} command={command}>
      {(declared) => (
        <Gate needs={declared.role}>
          {(session) => (
            <CommandForm
              key={[register, command, session.subject].join('/')}
              register={declared}
              command={command}
              session={session}
              keyAtFirst={key}
              atFirst={on === undefined ? {} : { effectiveOn: on }}
              on={on}
            />
          )}
        </Gate>
      )}
    </Commanded>
  );
};
