import { type Command, CommanderError, program } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { backupCommands } from './cli/backup.ts';
import { copyCommand } from './cli/copy.ts';
import { importCommands } from './cli/import.ts';
import { ledgerCommands } from './cli/ledger.ts';
import { exitConfig, Refusal } from './cli/output.ts';
import { serverCommands } from './cli/server.ts';
import { ConfigError } from './config.ts';
import { StoreUnavailable } from './store/event-store.ts';
import { StoreCorrupt, StoreTooNew } from './store/sqlite/store.ts';

const exitNo = 1;
const exitUsage = 2;

program
  .name('registry')
  .description(manifest.description)
  .version(manifest.version)
  .showHelpAfterError('(--help shows what there is)');

serverCommands(program);
importCommands(program);
ledgerCommands(program);
copyCommand(program);
backupCommands(program);

const everywhere = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach(everywhere);
};
everywhere(program);

const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) {
    if (message !== '') process.stderr.write(`registry: ${message}\n`);
    return error.isUsage ? exitUsage : exitNo;
  }
  process.stderr.write(`registry: ${message}\n`);
  if (error instanceof ConfigError || error instanceof StoreCorrupt || error instanceof StoreTooNew) return exitConfig;
  if (!(error instanceof StoreUnavailable) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitNo;
};

// Whoever reads the answer may have read enough, as head does; what has been begun goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
