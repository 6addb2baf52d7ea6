import { writeFileSync } from 'node:fs';
import { registers } from '../domain/registers/index.ts';
import { registersPage } from './registers.ts';

writeFileSync(new URL('registers.md', import.meta.url), registersPage(registers));
