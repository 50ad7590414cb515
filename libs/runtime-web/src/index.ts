export { type WebHostOptions, webHost } from './web-host.ts';
export { ORT_VERSION, threadsHere } from './web-platform.ts';
export { probeProviders, type WebProvider } from './web-providers.ts';
