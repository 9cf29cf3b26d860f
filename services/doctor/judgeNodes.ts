import type { Inventory } from '../../core/model/inventory.ts';
import type { InventoryProblem } from '../../core/model/inventory/reading.ts';
import { ERROR_CATALOGUE, isErrorCode } from '../../core/protocol/errorCatalogue.ts';
import type { AccountRow } from '../accounts/AccountBook.ts';
import { firstAdminCommand } from '../config/packagePlaces.ts';
import { type Finding, findingsOf, someOf } from './findings.ts';

const inventory = findingsOf('inventory');
/** Faults that are told one by one. */
const MOST_FAULTS = 10;

/** nodes.yaml as it stands; undefined where it is not there. */
export interface InventorySeen {
  readonly inventory: Inventory;
  readonly problems: readonly InventoryProblem[];
}

/** Whether the nodes can be worked with. */
export function judgeInventory(seen: InventorySeen | undefined): Finding[] {
  const name = 'Name them: putctl inventory add, import or probe; or write nodes.yaml in the state folder.';
  if (!seen) return [inventory.notice('no nodes are named yet', name)];
  const faults = seen.problems.filter(({ kind }) => kind === 'fault');
  const findings = faults
    .slice(0, MOST_FAULTS)
    .map(({ file, line, message }) =>
      inventory.failed(
        `${file}, line ${line}: ${message}`,
        'Mend the line; until then the inventory before stays in effect.',
      ),
    );
  if (faults.length > MOST_FAULTS)
    findings.push(inventory.failed(`${faults.length - MOST_FAULTS} more faults`, 'Mend these first, then look again.'));
  if (faults.length > 0) return findings;
  const { nodes, jumpHosts } = seen.inventory;
  if (nodes.length === 0) return [inventory.notice('nodes.yaml names no node', name)];
  const unpinned = [
    ...nodes.filter(({ hostKeys }) => hostKeys.length === 0).map(({ nodeId }) => nodeId),
    ...jumpHosts.filter(({ hostKeys }) => hostKeys.length === 0).map((host) => host.name),
  ];
  if (unpinned.length > 0) {
    findings.push(
      inventory.notice(
        `no host key is pinned for ${someOf(unpinned)}`,
        'They are not worked on before: putctl inventory pin shows the keys, compare them and pin.',
      ),
    );
  }
  const notes = seen.problems.filter(({ kind }) => kind === 'note');
  for (const { file, line, message } of notes.slice(0, MOST_FAULTS))
    findings.push(inventory.notice(`${file}, line ${line}: ${message}`, 'What is left out changes nothing else.'));
  if (findings.length === 0) findings.push(inventory.ok(`${nodes.length} nodes, host keys pinned`));
  return findings;
}

const nodes = findingsOf('nodes');

/** What came of signing in to nodes by the master's key. */
export interface NodesTried {
  readonly tried: number;
  /** Nodes with a pinned host key. */
  readonly of: number;
  readonly failed: readonly { readonly name: string; readonly code: string; readonly message: string }[];
}

/** Whether the nodes let the master in; equal causes are told once. Undefined: nothing could be tried, which the key and the inventory tell. */
export function judgeNodes(seen: NodesTried | undefined): Finding[] {
  if (!seen) return [];
  const { tried, of, failed } = seen;
  const byCode = new Map<string, NodesTried['failed'][number][]>();
  for (const one of failed) byCode.set(one.code, [...(byCode.get(one.code) ?? []), one]);
  const findings = [...byCode].map(([code, list]) => {
    const names = someOf(list.map(({ name }) => name));
    const next = isErrorCode(code) ? ERROR_CATALOGUE[code].nextStep : '';
    return nodes.notice(
      `${list.length} of ${tried} cannot be worked on: ${names}: ${list[0]?.message ?? ''} (${code})`,
      next,
    );
  });
  const part = tried < of ? ` of the first ${tried} of ${of}` : '';
  if (failed.length < tried) findings.unshift(nodes.ok(`${tried - failed.length}${part} let the master in`));
  return findings;
}

const keys = findingsOf('keys');

/** The key by which the master signs in to nodes. */
export interface MasterKeySeen {
  readonly file: string;
  readonly mode: number;
  /** It holds a private key that can be read. */
  readonly usable: boolean;
}

/** Whether the master can sign in to nodes; undefined: it has no key yet. */
export function judgeMasterKey(seen: MasterKeySeen | undefined): Finding[] {
  if (!seen)
    return [keys.notice('the master has no SSH key yet', 'The next start makes it; then putctl nodes authorize.')];
  const { file, mode, usable } = seen;
  if (!usable) {
    const next =
      'Restore it from a backup, or move it away: the next start makes another, which every node has to let in anew (putctl nodes authorize).';
    return [keys.failed(`${file} holds no private SSH key`, next)];
  }
  if ((mode & 0o077) !== 0) {
    const next = `It lets in everywhere: chmod 600 ${file}; have it replaced where somebody may have read it.`;
    return [keys.failed(`others than its owner have rights to ${file} (${(mode & 0o777).toString(8)})`, next)];
  }
  return [keys.ok(file)];
}

const accounts = findingsOf('accounts');

/** Who may sign in. */
export interface AccountsSeen {
  readonly rows: readonly AccountRow[];
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

/** Whether somebody can sign in and do everything. `isThere`: the state folder is. */
export function judgeAccounts({ rows, faults }: AccountsSeen, statePath: string, isThere = true): Finding[] {
  const findings = faults.map(({ line, message }) =>
    accounts.notice(`accounts, line ${line}: ${message}`, 'Mend the line, or remove it; the other accounts count.'),
  );
  const admins = rows.filter(({ role }) => role === 'admin').map(({ user }) => user);
  if (admins.length === 0) {
    const next = firstAdminCommand(statePath, isThere);
    findings.push(accounts.failed('nobody can sign in as admin', next));
  } else if (findings.length === 0)
    findings.push(
      accounts.ok(`${rows.length} ${rows.length === 1 ? 'account' : 'accounts'}, admin: ${someOf(admins)}`),
    );
  return findings;
}
