import { documentContract } from './documents.ts';
import type { OpenedStore } from './fixtures.ts';
import { fleetContract } from './fleet.ts';
import { jobContract } from './jobs.ts';
import { reportContract } from './reports.ts';
import { sweepContract } from './sweeps.ts';
import { transactionContract } from './transactions.ts';
import { workContract } from './work.ts';

/** What every store promises, whatever it stands on. */
export function storeContract(opened: OpenedStore): void {
  documentContract(opened);
  fleetContract(opened);
  sweepContract(opened);
  jobContract(opened);
  reportContract(opened);
  workContract(opened);
  transactionContract(opened);
}
