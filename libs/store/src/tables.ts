import { datasetId, modelId } from '@fleetfit/core';
import { acceptReport } from './accept-report.ts';
import { attemptTable } from './attempts.ts';
import type { Database } from './database.ts';
import { deviceClassTable } from './device-classes.ts';
import { deviceTable } from './devices.ts';
import { documentTable } from './documents.ts';
import { jobTable } from './jobs.ts';
import { joinTokenTable } from './join-tokens.ts';
import { reportTable } from './reports.ts';
import { datasets, models } from './schema.ts';
import { settingsTable } from './settings.ts';
import type { StoreTables } from './store.ts';
import { sweepTable } from './sweeps.ts';
import { workTable } from './work.ts';

/** Every repository on one database: the pool, or a transaction. */
export function tablesOf(database: Database): StoreTables {
  return {
    models: documentTable(database, { table: models, what: 'model', idOf: modelId }),
    datasets: documentTable(database, { table: datasets, what: 'dataset', idOf: datasetId }),
    devices: deviceTable(database),
    deviceClasses: deviceClassTable(database),
    joinTokens: joinTokenTable(database),
    sweeps: sweepTable(database),
    jobs: {
      ...jobTable(database),
      ...attemptTable(database),
      ...reportTable(database),
      acceptReport: (report) => acceptReport(database, report),
    },
    work: workTable(database),
    settings: settingsTable(database),
  };
}
