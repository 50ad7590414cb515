export { type SimulatedDevice, type SimulatedDeviceOptions, type SimulatedModel, simulatedDevice } from './simulated-device.ts';
