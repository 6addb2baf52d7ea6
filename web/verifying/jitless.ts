import { config } from 'zod';

/** Imported before every schema: the policy of the file refuses code that is made of texts, even as an attempt. */
config({ jitless: true });
