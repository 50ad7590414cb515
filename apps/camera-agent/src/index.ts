export { type CameraAgentOptions, type CameraEvent, runCameraAgent } from './camera-agent.ts';
export type { JoinedDevice } from './device-home.ts';
export type { Joined } from './enroll.ts';
export { type JoinDeviceOptions, joinDevice } from './join-device.ts';
