export { type Addresses, type Coordinator, type CoordinatorOptions, startCoordinator } from './start-coordinator.ts';
