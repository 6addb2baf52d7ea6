import { type Command, CommanderError, program } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { auditCommand } from './cli/audit.ts';
import { backupCommands } from './cli/backup.ts';
import { copyCommand } from './cli/copy.ts';
import { demoCommand } from './cli/demo.ts';
import { eraseCommand } from './cli/erase.ts';
import { exportCommand } from './cli/export.ts';
import { importCommands } from './cli/import.ts';
import { ledgerCommands } from './cli/ledger.ts';
import { exitConfig, Refusal } from './cli/output.ts';
import { rebuildCommand } from './cli/rebuild.ts';
import { replayCommands } from './cli/replay.ts';
import { serveCommand } from './cli/serve.ts';
import { snapshotCommand } from './cli/snapshot.ts';
import { statusCommand } from './cli/status.ts';
import { tokenCommand } from './cli/token.ts';
import { userCommands } from './cli/user.ts';
import { verifyCommand } from './cli/verify.ts';
import { witnessCommand } from './cli/witness.ts';
import { ConfigError } from './config.ts';
import { OtherForm, StoreUnavailable } from './store/event-store.ts';
import { StoreCorrupt } from './store/sqlite/store.ts';

const exitNo = 1;
const exitUsage = 2;

// Whatever a command writes holds people, notes, evidence or keys: only its owner may read it, whatever the shell's umask.
process.umask(0o077);

program
  .name('registry')
  .description(manifest.description)
  .version(manifest.version)
  .enablePositionalOptions() // an option belongs to the command that it follows
  .showHelpAfterError('(run with --help to see what is available)');

serveCommand(program);
demoCommand(program);
tokenCommand(program);
userCommands(program);
importCommands(program);
replayCommands(program);
rebuildCommand(program);
statusCommand(program);
copyCommand(program);
backupCommands(program);
snapshotCommand(program);
eraseCommand(program);
ledgerCommands(program);
auditCommand(program);
exportCommand(program);
verifyCommand(program);
witnessCommand(program);

/** Lets a command and its subcommands throw instead of ending the process. */
const overrideExit = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach(overrideExit);
};
overrideExit(program);

const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) {
    if (message !== '') process.stderr.write(`registry: ${message}\n`);
    return error.isUsage ? exitUsage : exitNo;
  }
  process.stderr.write(`registry: ${message}\n`);
  if (error instanceof ConfigError || error instanceof StoreCorrupt || error instanceof OtherForm) return exitConfig;
  if (!isMachines(error) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitNo;
};

/** A full disk, or too few file descriptors: its message says so, and a stack would say nothing more. */
const isMachines = (error: unknown): boolean =>
  error instanceof StoreUnavailable || (error instanceof Error && 'syscall' in error);

// A program that reads the output may stop early, as head does, or the terminal be closed; what has begun continues.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
