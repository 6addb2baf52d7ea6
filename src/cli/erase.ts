import type { Command } from 'commander';
import { noteText } from '../../domain/field.ts';
import { type ErasureDone, type ErasureRefused, eraseTexts } from '../maintenance/erasing.ts';
import { erasingOn } from '../maintenance/recording-erasures.ts';
import { withRegistry } from './opening.ts';
import { jsonOption, print, printJson, Refusal } from './output.ts';
import { subjectOf } from './subject.ts';

type Options = { readonly basis: string; readonly as: string; readonly approvedBy: string; readonly json?: boolean };

export const eraseCommand = (program: Command): void => {
  program
    .command('erase')
    .description('erase free texts, such as notes that speak of a person; two people must want it')
    .command('text')
    .description(
      'erase free texts of an event, and those of its submission or of what that became; a server may keep running',
    )
    .argument('<event>', 'the id of the event, as the trail and histories have it')
    .argument('<name...>', 'the names of the texts, such as note, reason, panel, or evidence for all that it says')
    .requiredOption('--basis <text>', 'why it is erased, such as a request and its date; do not name the person')
    .requiredOption('--as <subject>', 'who erases it')
    .requiredOption('--approved-by <subject>', 'the second person, who agrees')
    .option(...jsonOption)
    .action(async (event: string, names: readonly string[], { basis, as, approvedBy, json }: Options) => {
      if (!noteText.safeParse(basis).success)
        throw new Refusal('--basis: expected 1 to 2,000 visible characters', true);
      const people = { by: await subjectOf('--as', as), approvedBy: await subjectOf('--approved-by', approvedBy) };
      const asked = { event: event.toLowerCase(), names: [...new Set(names)], basis, ...people };
      await withRegistry(async ({ config, store, model, people: { securityLog } }) => {
        const done = await eraseTexts(erasingOn(config, store, model), asked);
        if ('refused' in done) throw new Refusal(refusal(done, asked.event));
        if (!done.isRepeated) securityLog({ event: 'texts-erased', of: asked.event, names: asked.names, ...people });
        if (json) printJson(done);
        else print(described(done));
        if (!done.isWiped)
          throw new Refusal(
            'another process, such as a backup or a rebuild, still reads a file with the text; run the same command again when it has ended',
          );
      }, true);
    });
};

const refusal = (refused: ErasureRefused, event: string): string => {
  switch (refused.refused) {
    case 'same-person':
      return '--as and --approved-by are the same person; erasing takes two';
    case 'no-such-event':
      return `there is no event ${event}; its id stands in the trail and in the history of its entry`;
    case 'import-running':
      return `the import of ${event} is still running; erase its texts when it has ended`;
    case 'no-such-text':
      return `${event} has no text "${refused.name}"; ${textsIn(refused.texts)}`;
    case 'not-free':
      return `"${refused.name}" of ${event} is no free text, and cannot be erased; correct or annul the record instead; ${textsIn(refused.texts)}`;
  }
};

const textsIn = (texts: readonly string[]): string =>
  texts.length === 0 ? 'it has no free texts' : `its free texts: ${texts.join(', ')}`;

const described = ({ isRepeated, erased, alsoIn, isGone }: ErasureDone): string =>
  [
    ...erased.map(({ event, type, names }) =>
      isRepeated
        ? `${names.join(', ')} of ${type} ${event}: already erased; nothing was recorded`
        : `erased ${names.join(', ')} of ${type} ${event}`,
    ),
    ...(alsoIn.length === 0 ? [] : [`the same text also stands in ${alsoIn.join(', ')}; erase it there, too`]),
    ...(isGone
      ? []
      : [
          'no read shows the text any more, but EventStoreDB and KurrentDB cannot change what they have; it is gone once the log is copied to another store: ./registry copy',
        ]),
  ].join('\n');
