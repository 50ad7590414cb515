export { type AfterAttempt, type AttemptEnding, afterAttempt, type JobHistory } from './attempt-rules.ts';
export { type ControlRun, controlDrift } from './control-drift.ts';
export { type Claim, claim, type HostGate, openGate, release, type Turn } from './host-gate.ts';
export { makeJoinCode, readJoinCode } from './join-code.ts';
export { joinWords } from './join-words.ts';
export { type Admission, type Asking, admit, jobName } from './lease-rules.ts';
