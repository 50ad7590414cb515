import { FleetError } from '@fleetfit/core';
import { endWithParent, processLog, tell, tellFailure } from '../process-voice.ts';
import { openShutdown } from '../shutdown.ts';

// Says one of everything, then waits for the end of the process that started it.
const log = processLog();
endWithParent(openShutdown({ log }));
tell({ kind: 'say', sentence: 'Hello.' });
log.warn('careful', { n: 1 });
tell({ kind: 'ready', port: 7440 });
tellFailure(new FleetError('denied', 'Cannot go on: no', { next: 'ask' }));
