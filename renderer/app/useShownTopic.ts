import { useEffect } from 'react';
import type { ShownTopic, SystemView } from '../../electron/contract/bridge.ts';
import { isSignedIn } from '../stores/selectors.ts';
import { useActions } from './context.ts';

/** What only some views show of systems, watched while one of them is there; of a system without a session from its sign-in on. */
export function useShownTopic(topic: ShownTopic, systems: readonly SystemView[]): void {
  const { openTopic, closeTopic } = useActions();
  const signedIn = systems
    .filter(({ session }) => isSignedIn(session))
    .map(({ saved }) => saved.systemId)
    .join(' ');
  useEffect(() => {
    const systemIds = signedIn === '' ? [] : signedIn.split(' ');
    for (const systemId of systemIds) void openTopic(systemId, topic);
    return () => {
      for (const systemId of systemIds) void closeTopic(systemId, topic);
    };
  }, [topic, signedIn, openTopic, closeTopic]);
}
