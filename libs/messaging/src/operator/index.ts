export {
  type CoordinatorLogins,
  compressorLogin,
  coordinatorLogins,
  type DeviceGrant,
  type DeviceMinter,
  makeDeviceMinter,
} from './logins.ts';
export { makeOperatorKeys, type OperatorKeys, parseOperatorKeys } from './operator-keys.ts';
export { type Revocation, revokeDevice } from './revoke-device.ts';
export { type ServerConfig, type ServerSettings, serverConfig, type TlsFiles } from './server-config.ts';
export { watchDisconnects } from './watch-disconnects.ts';
