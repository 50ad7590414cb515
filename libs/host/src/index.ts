export { type DebianFetch, debianTree, fetchDebianPackage, isDebianLike } from './debian-package.ts';
export { ExclusiveLock, type LockRequest } from './exclusive-lock.ts';
export { type FindOptions, type FoundNatsServer, findNatsServer, type Rung } from './find-nats-server.ts';
export { findOnPath, isExecutable } from './find-on-path.ts';
export { cacheFolder, type Environment, homeFolder } from './folders.ts';
export { featuresIn, type HostFacts, hostFacts } from './host-facts.ts';
export {
  fingerprintOf,
  type LocalAuthority,
  nameIn,
  openLocalAuthority,
  ownNames,
  readServerCertificate,
  type ServerCertificate,
} from './local-authority.ts';
export { assertNatsFloor, isLoopback } from './nats-floor.ts';
export { endWithParent, failureSaid, parseSaying, processLog, type Saying, tell, tellFailure } from './process-voice.ts';
export { identityOf, isRunning, killTree, type ProcessIdentity, processIsAlive } from './processes.ts';
export { type RelayOptions, relayWebSocket } from './relay-websocket.ts';
export { type BothServer, peerOf, type ServeBothOptions, serveBoth } from './serve-both.ts';
export { openShutdown, type Shutdown, type ShutdownOptions, type ShutdownState } from './shutdown.ts';
export { type ChildStart, type Ended, type StartedChild, startChild } from './start-child.ts';
export { type NatsServer, type NatsServerStart, startNatsServer } from './start-nats-server.ts';
