import { standIn } from './records.ts';

/** The `session` module: one session; handlers of permissions are recorded, the browser itself grants none. */
const defaultSession = {
  setPermissionRequestHandler(handler: unknown): void {
    standIn.permissionHandlers.request = handler;
  },
  setPermissionCheckHandler(handler: unknown): void {
    standIn.permissionHandlers.check = handler;
  },
  setDevicePermissionHandler(): void {},
  setSpellCheckerEnabled(): void {},
  on: (): object => defaultSession,
};

export const session = { defaultSession, fromPartition: () => defaultSession };
