import { describe } from 'vitest';
import { appendTests } from './contract/append.ts';
import { appendRecordedTests } from './contract/append-recorded.ts';
import { closeTest } from './contract/close.ts';
import { concurrencyTests } from './contract/concurrency.ts';
import { contentTests } from './contract/content.ts';
import { contractTest, type OpenedStore } from './contract/fixture.ts';
import { followTests } from './contract/follow.ts';
import { ledgerTests } from './contract/ledger.ts';
import { modelTest } from './contract/model.ts';
import { repeatTests } from './contract/repeat.ts';

/** What every event store must do. The ledger may already hold other events and be appended to meanwhile. */
export const storeContract = (name: string, open: () => Promise<OpenedStore>): void => {
  describe(`the contract of the event store, kept by ${name}`, () => {
    const test = contractTest(open);
    appendTests(test);
    repeatTests(test);
    ledgerTests(test);
    appendRecordedTests(test);
    concurrencyTests(test);
    followTests(test);
    contentTests(test);
    modelTest(test);
    closeTest(test);
  });
};
