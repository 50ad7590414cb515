export { leaseOf, measured, slowMeasure, testCoordinator, testJob, testPorts } from './fake-coordinator.ts';
export { journalContract, outboxContract } from './keeping-contract.ts';
export { memoryJournal, memoryOutbox } from './memory-keeping.ts';
export { type PlayedTime, playedTime } from './played-time.ts';
