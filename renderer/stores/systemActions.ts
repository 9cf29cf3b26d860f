import type { BridgeParams } from '../../electron/contract/bridge.ts';
import type { Carrier } from '../bridge.ts';
import { PAGE_CANNOT, type Asking } from './asking.ts';
import type { AppStore } from './store.ts';
import type { Place } from './viewSlice.ts';

/** Systems, sessions and ports, and this program itself. */
export function createSystemActions(
  { getState: get, setState: set }: AppStore,
  carrier: Carrier,
  { run, invoke, askMaster }: Asking,
  go: (place: Place) => void,
) {
  return {
    startPractice: async (): Promise<void> => {
      const answer = await invoke('practice', 'practice.start', {});
      if (answer) go({ kind: 'system', systemId: answer.systemId, tab: 'operations' });
    },
    stopPractice: () => invoke('practice', 'practice.stop', {}),
    addSystem: (system: BridgeParams<'system.add'>) => invoke('system', 'system.add', system),
    updateSystem: (systemId: string, system: BridgeParams<'system.add'>) =>
      invoke('system', 'system.update', { systemId, system }),
    removeUnusable: (key: string) => invoke(`remove:${key}`, 'system.removeUnusable', { key }),
    removeSystem: (systemId: string) => invoke(`remove:${systemId}`, 'system.remove', { systemId }),
    /** Signs in; true when online. The password is handed on and not kept here. */
    signIn: async (systemId: string, user: string, password: string, remember: boolean): Promise<boolean> => {
      const answer = await invoke(`sign-in:${systemId}`, 'session.signIn', { systemId, user, password, remember });
      const { place } = get();
      // Who came by the address of a place of this system is there now.
      const there = (place.kind === 'system' || place.kind === 'job') && place.systemId === systemId;
      if (answer && !there) go({ kind: 'system', systemId, tab: 'operations' });
      return answer !== undefined;
    },
    trustCertificate: async (systemId: string, fingerprint: string): Promise<boolean> =>
      (await invoke(`sign-in:${systemId}`, 'system.trustCertificate', { systemId, fingerprint })) !== undefined,
    signOut: async (systemId: string): Promise<void> => {
      if (await invoke(`sign-out:${systemId}`, 'session.signOut', { systemId })) go({ kind: 'systems' });
    },
    /** Probes every port of the target from here; the result stays until the next test. */
    testPaths: async (systemId: string): Promise<void> => {
      const result = await invoke(`path-test:${systemId}`, 'path.test', { systemId });
      if (result) set((state) => ({ pathTests: { ...state.pathTests, [systemId]: result } }));
    },
    /** Answers what a way asks for; the secret is handed on and not kept here. */
    answerSecret: (systemId: string, questionId: string, secret: string, remember: boolean) =>
      invoke(`secret:${questionId}`, 'secret.answer', { systemId, questionId, secret, remember }),
    refuseSecret: (systemId: string, questionId: string) =>
      invoke(`secret:${questionId}`, 'secret.refuse', { systemId, questionId }),
    retryConnection: async (systemId: string): Promise<void> => {
      if (get().carrier === 'lost') carrier.retryNow?.();
      else await invoke(`retry-now:${systemId}`, 'session.retryNow', { systemId });
    },
    /** Signs this page in where it does that by itself; the place that it shows stays. */
    signInPage: async (user: string, password: string): Promise<boolean> =>
      (await run('sign-in-page', async () => (await carrier.signIn?.(user, password)) ?? PAGE_CANNOT)) !== undefined,
    /** Ends the person's own session elsewhere; it goes on here. */
    changePassword: (systemId: string, password: string, newPassword: string) =>
      invoke(`password:${systemId}`, 'account.changePassword', { systemId, password, newPassword }),
    takeOverSession: (systemId: string, sessionId: string) =>
      askMaster(`take-over:${sessionId}`, systemId, 'session.takeOver', { sessionId }),
    endSession: (systemId: string, sessionId: string) =>
      askMaster(`end-session:${sessionId}`, systemId, 'session.close', { sessionId }),
    /** Gives back the lease of the session that was seen to hold the port. */
    releasePort: (systemId: string, port: number, sessionId: string) =>
      askMaster(`release:${port}`, systemId, 'ports.release', { port, sessionId }),
    setNotifications: (on: boolean) => invoke('app:own', 'app.setNotifications', { on }),
    talkAboutUpdates: () => invoke('app:own', 'app.updates', {}),
    readLicences: () => invoke('app:licences', 'app.licences', {}),
  };
}
