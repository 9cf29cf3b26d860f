import { formatEvr } from '../../../core/model/rpmVersion.ts';
import type { SystemView, WorkbenchState } from '../../../electron/contract/bridge.ts';
import { byName } from '../../components/format.ts';
import { SYSTEM_TABS, systemIdOf, type Place, type SystemTab } from '../../stores/viewSlice.ts';
import { isSignedIn } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

export const GROUPS = ['command', 'place', 'job', 'node', 'package'] as const;
export type Group = (typeof GROUPS)[number];

/** Something to go to, or to do. */
export interface PaletteEntry {
  readonly id: string;
  readonly group: Group;
  readonly name: string;
  /** What tells it from another of the same name: system, state, why it is off. */
  readonly about: string;
  readonly off?: boolean | undefined;
  readonly target: PaletteTarget;
}

export type PaletteTarget =
  | { readonly kind: 'command'; readonly commandId: string }
  /** Of the buttons that were on the screen, by its place among them. */
  | { readonly kind: 'button'; readonly at: number }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'node'; readonly place: Place; readonly nodeId: string };

const tabOf = (systemId: string, tab: SystemTab): Place => ({ kind: 'system', systemId, tab });

function entriesOfSystem(system: SystemView, place: Place, alone: boolean): PaletteEntry[] {
  const { systemId, name } = system.saved;
  const shown = systemIdOf(place) === systemId;
  const here = shown || alone ? '' : name;
  const about = (text: string): string => [here, text].filter((part) => part !== '').join(' · ');
  if (!isSignedIn(system.session)) {
    const target = { kind: 'place', place: { kind: 'sign-in', systemId } } as const;
    return [{ id: `sign-in ${systemId}`, group: 'place', name: t.keyboard.signInTo(name), about: '', target }];
  }
  const entries: PaletteEntry[] = SYSTEM_TABS.map((tab) => ({
    ...{ id: `tab ${systemId} ${tab}`, group: 'place', name: t.shell.tabs[tab], about: name },
    target: { kind: 'place', place: tabOf(systemId, tab) },
  }));
  for (const job of Object.values(system.jobs).sort((a, b) => b.jobNumber - a.jobNumber))
    entries.push({
      ...{ id: `job ${systemId} ${job.jobId}`, group: 'job', name: `${job.title}, ${t.operation.job(job.jobNumber)}` },
      about: about(t.jobStates[job.state]),
      target: { kind: 'place', place: { kind: 'job', systemId, jobId: job.jobId } },
    });
  for (const node of Object.values(system.nodes ?? {}).sort((a, b) => byName(a.nodeId, b.nodeId)))
    entries.push({
      ...{
        id: `node ${systemId} ${node.nodeId}`,
        group: 'node',
        name: node.nodeId,
        about: about(t.nodeTypes[node.type]),
      },
      // A node is opened in the operation that is on the screen, else in the list of nodes.
      target: {
        ...{ kind: 'node', nodeId: node.nodeId },
        place: shown && place.kind === 'job' ? place : tabOf(systemId, 'nodes'),
      },
    });
  for (const pkg of Object.values(system.library?.packages ?? {}).sort((a, b) => byName(a.name, b.name)))
    entries.push({
      ...{ id: `package ${systemId} ${pkg.fileName}`, group: 'package', name: `${pkg.name} ${formatEvr(pkg)}` },
      about: about(pkg.arch),
      target: { kind: 'place', place: tabOf(systemId, 'packages') },
    });
  return entries;
}

/** Places, jobs, nodes and packages of every system, those of the one that is shown first. */
export function entriesOfPicture(picture: WorkbenchState, place: Place): PaletteEntry[] {
  const shownId = systemIdOf(place);
  const systems = Object.values(picture.systems).sort(
    (a, b) =>
      Number(b.saved.systemId === shownId) - Number(a.saved.systemId === shownId) || byName(a.saved.name, b.saved.name),
  );
  return systems.flatMap((system) => entriesOfSystem(system, place, systems.length === 1));
}

export interface FoundGroup {
  readonly group: Group;
  readonly entries: readonly PaletteEntry[];
  /** How many more there are than are shown. */
  readonly more: number;
}

/** How well an entry answers the words that were typed: 0 best; undefined: not at all. */
function rankOf({ name, about }: PaletteEntry, words: readonly string[]): number | undefined {
  const lowName = name.toLowerCase();
  const told = `${lowName} ${about.toLowerCase()} ${t.keyboard.alsoCalled[name] ?? ''}`;
  if (!words.every((word) => told.includes(word))) return undefined;
  const [first = ''] = words;
  if (lowName === words.join(' ')) return 0;
  if (lowName.startsWith(first)) return 1;
  return lowName.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(first)) ? 2 : 3;
}

/**
 * The entries that hold every typed word, in groups: the group with the best answer first, at most `most` of each. Nothing typed: commands, places and
 * jobs, since nodes and packages are many.
 */
export function findEntries(entries: readonly PaletteEntry[], typed: string, most: number): FoundGroup[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const ranked = new Map<Group, { readonly rank: number; readonly entry: PaletteEntry }[]>();
  for (const entry of entries) {
    if (words.length === 0 && (entry.group === 'node' || entry.group === 'package')) continue;
    const rank = rankOf(entry, words);
    if (rank === undefined) continue;
    const group = ranked.get(entry.group) ?? [];
    group.push({ rank, entry });
    ranked.set(entry.group, group);
  }
  return GROUPS.flatMap((group) => {
    const found = ranked.get(group);
    if (!found) return [];
    // What cannot be done now comes after what can.
    found.sort((a, b) => Number(a.entry.off ?? false) - Number(b.entry.off ?? false) || a.rank - b.rank);
    const best = found[0]?.entry.off ? Infinity : (found[0]?.rank ?? Infinity);
    return [
      { group, best, entries: found.slice(0, most).map(({ entry }) => entry), more: Math.max(0, found.length - most) },
    ];
  })
    .sort((a, b) => (words.length === 0 ? 0 : a.best - b.best))
    .map(({ group, entries: shown, more }) => ({ group, entries: shown, more }));
}
