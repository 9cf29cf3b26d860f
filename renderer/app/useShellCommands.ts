import { formatDeepLink } from '../../core/model/deepLink.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { selectApp, selectCan } from '../stores/selectors.ts';
import { THEMES, type Place } from '../stores/viewSlice.ts';
import { t } from '../texts/en.ts';
import { useCommands, type Command } from './commands.tsx';
import { useActions, useApp } from './context.ts';

/** What can be done anywhere. */
export function useShellCommands(place: Place, system: SystemView | undefined): void {
  const { go, setHelp, setTheme, showNode, showOverlay } = useActions();
  const choosesSystems = useApp(selectCan('systems'));
  const helpOpen = useApp((state) => state.helpOpen);
  const openNode = useApp((state) => state.openNode);
  const words = t.keyboard.commands;
  const signedIn = system !== undefined && (place.kind === 'system' || place.kind === 'job');
  const carrier = useApp(selectApp)?.carrier;
  const copyLink = (): void => {
    if (!system || place.kind === 'systems') return;
    const job = place.kind === 'job' ? String(system.jobs[place.jobId]?.jobNumber ?? place.jobId) : undefined;
    const link = { system: system.saved.name, job, node: openNode };
    // In a browser the page's own address is the link.
    void navigator.clipboard.writeText(carrier === 'desktop' ? formatDeepLink(link) : window.location.href);
  };
  const commands: (Command | undefined)[] = [
    { id: 'palette', name: words.palette, unlisted: true, run: () => showOverlay('palette') },
    { id: 'shortcuts', name: words.shortcuts, run: () => showOverlay('shortcuts') },
    { id: 'help', name: words.help, run: () => setHelp(!helpOpen) },
    helpOpen || openNode !== undefined
      ? {
          ...{ id: 'close', name: words.close },
          // A node that is opened takes the place of the help, so that help beside it came later.
          run: () => (helpOpen ? setHelp(false) : showNode(undefined)),
        }
      : undefined,
    choosesSystems && place.kind !== 'systems'
      ? { id: 'systems', name: t.shell.systems, run: () => go({ kind: 'systems' }) }
      : undefined,
    ...THEMES.map((theme) => ({
      ...{ id: `theme ${theme}`, name: t.keyboard.theme(t.shell.themes[theme]), run: () => setTheme(theme) },
    })),
    signedIn ? { id: 'copy-link', name: t.keyboard.copyLink, run: copyLink } : undefined,
  ];
  useCommands(commands.filter((command) => command !== undefined));
}
