export {
  type ConnectDeviceOptions,
  connectDevice,
  type DeviceCredentials,
  type DeviceLink,
  type LeaseAnswer,
  type LeaseWish,
  makeSessionKey,
  type SessionKey,
} from './connect-device.ts';
export { type ConnectRequest, type CurrentSession, connectWithSession, type DeviceSession } from './connect-with-session.ts';
export { type ConnectFunction, type NatsLogin, type OpenConnectionOptions, openConnection } from './connection.ts';
export { type DeviceLeases, type DeviceLeasesOptions, deviceLeases } from './device-leases.ts';
export { controlDevice, type DeviceDoor, type DeviceHandlers, type ServeDevicesOptions, serveDevices } from './serve-devices.ts';
export { type TakenWork, type TakeWorkOptions, takeWork } from './take-work.ts';
export { openWorkQueue, type QueuedWork, type WorkHandlers, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';
