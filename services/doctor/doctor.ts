import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { reportOf } from '../../core/protocol/errors.ts';
import { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import type { Inventory } from '../../core/model/inventory.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PRACTICE_SIGN_IN_NAME } from '../accounts/AccountBook.ts';
import { defaultConfig, readConfig, type Config } from '../config/Config.ts';
import { withConfigLine } from '../config/configPlace.ts';
import { PACKAGE_CONFIG, PACKAGE_STATE } from '../config/packagePlaces.ts';
import { JOURNAL_VERSION } from '../jobs/Journal.ts';
import { lockHolder, STATE_FORMAT } from '../state/StateFolder.ts';
import { storageCodeOf, storageFault } from '../state/storageFault.ts';
import { readAllowedCiphers, readClientAuthority } from '../tls/serverTlsOptions.ts';
import { asOwner } from './asOwner.ts';
import { type DoctorCheck, type Finding, findingsOf, worstOf, type Verdict } from './findings.ts';
import { judgeCertificate } from './judgeCertificate.ts';
import { judgeClock, judgeLimits, judgeService } from './judgeMachine.ts';
import { judgeAccounts, judgeInventory, judgeMasterKey, judgeNodes } from './judgeNodes.ts';
import { judgePorts } from './judgePorts.ts';
import { judgeDisk, judgeJournal, judgeState } from './judgeState.ts';
import {
  isPractice,
  lookAtAccounts,
  lookAtCertificate,
  lookAtClock,
  lookAtDisk,
  lookAtInventory,
  lookAtJournal,
  lookAtMasterKey,
  lookAtPorts,
  lookAtService,
  lookAtState,
  mayLookInto,
  openFilesOf,
} from './look.ts';
import { tryNodes } from './tryNodes.ts';

/** What `putservices doctor --json` prints. */
export interface DoctorReport {
  readonly state: string;
  /** The Config file that was read; null: the defaults. */
  readonly config: string | null;
  /** The worst of all. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** The Config file; what it names besides certificate and key is read as a start reads it, and thrown as it throws it. */
async function readConfigAndItsFiles(file: string | undefined): Promise<Config> {
  const config = file === undefined ? defaultConfig() : await readConfig(file);
  if (config.allowedCiphers !== undefined) readAllowedCiphers(config.allowedCiphers);
  if (config.clientCa !== undefined) readClientAuthority(config.clientCa);
  return config;
}

/**
 * Looks at everything that putservices needs on this machine and judges it; changes nothing. What cannot be looked at is a finding of its
 * own and takes nothing from the others.
 */
export async function examine(options: { state: string; config: string | undefined }): Promise<DoctorReport> {
  const state = resolve(options.state);
  const packaged = state === PACKAGE_STATE && existsSync(PACKAGE_CONFIG) ? PACKAGE_CONFIG : undefined;
  const file = options.config ?? packaged;
  const findings: Finding[] = [];
  const look = async (check: DoctorCheck, work: () => Promise<readonly Finding[]>): Promise<void> => {
    try {
      findings.push(...(await work()));
    } catch (thrown) {
      const error = await withConfigLine(thrown, { file, portBase: undefined });
      const report = reportOf(storageCodeOf(error) === undefined ? error : storageFault(error, state));
      findings.push(findingsOf(check).failed(report.message, ERROR_CATALOGUE[report.code].nextStep));
    }
  };

  let config: Config | undefined;
  await look('config', async () => {
    config = await asOwner(state, () => readConfigAndItsFiles(file));
    return [findingsOf('config').ok(file ?? 'none given; the defaults count')];
  });
  const mayLook = await mayLookInto(state);
  /** A check that reads the state folder. */
  const lookInside = (check: DoctorCheck, work: () => Promise<readonly Finding[]>): Promise<void> =>
    mayLook ? look(check, work) : Promise.resolve();
  const holderPid = (await lockHolder(state))?.pid;
  const practice = await isPractice(state, PRACTICE_SIGN_IN_NAME).catch(() => false);
  if (!mayLook) {
    const next = 'Run this as root or as the user of the service. Until then nothing that is in it was looked at.';
    findings.push(findingsOf('state').failed(`this user may not look into ${state}`, next));
  }
  await lookInside('state', async () => judgeState(await lookAtState(state, holderPid), STATE_FORMAT));
  await look('disk', async () => judgeDisk(await lookAtDisk(state)));
  await lookInside('journal', async () => judgeJournal(await lookAtJournal(state, holderPid), JOURNAL_VERSION));
  if (config) {
    const known = config;
    await look('ports', async () => judgePorts(await lookAtPorts(known, file, practice), holderPid));
    const given = known.tlsCert !== undefined;
    await (given ? look : lookInside)('certificate', async () => {
      const seen = await asOwner(state, () => lookAtCertificate(known, state));
      return judgeCertificate(seen, Date.now());
    });
  }
  await lookInside('accounts', async () => judgeAccounts(await lookAtAccounts(state), state, existsSync(state)));
  let nodes = 0;
  let usable: Inventory | undefined;
  if (practice) findings.push(findingsOf('inventory').ok('a practice system: its nodes are simulated'));
  else {
    await lookInside('keys', async () => judgeMasterKey(await lookAtMasterKey(state)));
    await lookInside('inventory', async () => {
      const seen = await lookAtInventory(state);
      nodes = seen?.inventory.nodes.length ?? 0;
      usable = seen && seen.problems.every(({ kind }) => kind !== 'fault') ? seen.inventory : undefined;
      return judgeInventory(seen);
    });
    const inventory = usable;
    if (inventory) await lookInside('nodes', async () => judgeNodes(await tryNodes(state, inventory)));
  }
  await lookInside('clock', async () => judgeClock(await lookAtClock(state, Date.now())));
  await look('limits', async () => {
    const openFiles = await openFilesOf(holderPid ?? 'self');
    return judgeLimits({ openFiles, ofPid: holderPid, nodes });
  });
  // Another folder is that of a putservices which somebody starts by hand.
  if (state === PACKAGE_STATE) await look('service', async () => judgeService(await lookAtService()));
  return {
    state,
    config: file ?? null,
    verdict: worstOf(findings),
    findings: findings.map((finding) => ({ ...finding, text: printable(finding.text), next: printable(finding.next) })),
  };
}
