export * from './device.ts';
export * from './device-key.ts';
export * from './device-store.ts';
export * from './errors.ts';
export * from './gateway.ts';
export { type DeviceHost, type DeviceOptions, defaultDeviceOptions } from './options.ts';
export type { QueuedReport } from './outbox.ts';
export type { DeviceObserver } from './sender.ts';
export * from './sign-registration.ts';
