import { hostname } from 'node:os';
import type { Clock } from '../../core/session/ports.ts';
import type { ServeOptions } from '../commandLine.ts';
import type { PackageLibrary } from '../files/PackageLibrary.ts';
import type { Log, Service } from '../service.ts';
import type { StateFolder } from '../state/StateFolder.ts';
import { InventoryService } from './inventory/InventoryService.ts';
import { InventoryStore } from './inventory/InventoryStore.ts';
import { practiceInventoryService } from './inventory/practiceInventoryService.ts';
import { SudoPasswords } from './inventory/SudoPasswords.ts';
import { keepFacts } from './factsKept.ts';
import { readMasterBoot } from './masterBoot.ts';
import type { NodePort } from './NodePort.ts';
import { BUILT_IN_SEEDS } from './sim/installedSeeds.ts';
import { librarySource } from './sim/librarySource.ts';
import { SimNodePort } from './sim/SimNodePort.ts';
import { loadMasterKey } from './ssh/masterKey.ts';
import { openSshNodePort } from './ssh/SshNodePort.ts';

/** Names in the state folder: what people change, the copy that is in effect, and the key by which nodes let the master in. */
const NODES_FILE = 'nodes.yaml';
const IN_EFFECT_FILE = 'nodes-in-effect.yaml';
const MASTER_KEY = ['ssh', 'id_ed25519'] as const;

export interface OpenNodesOptions {
  readonly options: ServeOptions;
  readonly folder: StateFolder;
  readonly library: PackageLibrary;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: (entry: { readonly text: string; readonly user?: string | undefined }) => unknown;
}

/** The nodes of a system: how jobs reach them, and how people say which there are. */
export interface OpenedNodes {
  readonly driver: NodePort;
  readonly inventory: Service;
  /** What was last read of each node. */
  readonly facts: Service;
  /** What keeps the nodes from being worked with, a line each. */
  toDo(): string[];
  /** Looks at what people may have changed in files. Throws what the file system says. */
  look(): Promise<void>;
  /** Whether a job runs; changes of the inventory wait for its end. The first call lets those of before the start take effect. */
  jobRuns(runs: boolean): void;
  close(): Promise<void>;
}

/** Practice nodes where they are asked for, else the nodes of nodes.yaml by SSH. Throws what the parts of the state folder say. */
export async function openNodes(given: OpenNodesOptions): Promise<OpenedNodes> {
  return given.options.practice === undefined ? openRealNodes(given) : openPracticeNodes(given, given.options.practice);
}

async function openPracticeNodes(
  { options, folder, library, clock, log }: OpenNodesOptions,
  nodes: number,
): Promise<OpenedNodes> {
  const driver = await SimNodePort.open({
    folder: folder.file('nodes'),
    nodes,
    seed: options.seed,
    packages: librarySource(library),
    installed: BUILT_IN_SEEDS,
    log,
    durationFactor: 1 / options.speed,
    faultRate: options.faultRate,
  });
  const inventory = practiceInventoryService(driver.entries());
  const kept = keepFacts(driver, clock);
  return {
    ...{ driver: kept.driver, facts: kept.service, inventory },
    ...{ toDo: () => [], look: () => Promise.resolve(), jobRuns: () => {}, close: () => driver.close() },
  };
}

async function openRealNodes({ folder, clock, log, tell }: OpenNodesOptions): Promise<OpenedNodes> {
  const key = await loadMasterKey(folder.file(...MASTER_KEY), `put@${hostname()}`);
  const store = await InventoryStore.open({
    file: folder.file(NODES_FILE),
    inEffectFile: folder.file(IN_EFFECT_FILE),
    ...{ clock, log },
  });
  let changed = (): void => {};
  const passwords = new SudoPasswords(
    () => store.current(),
    () => changed(),
  );
  const masterBoot = await readMasterBoot();
  const driver = openSshNodePort({ inventory: store, key, secrets: passwords, clock, log, masterBoot });
  const inventory = new InventoryService({ store, hosts: driver, passwords, clock, tell });
  changed = () => inventory.changed();
  let runs: boolean | undefined;
  const kept = keepFacts(driver, clock);
  return {
    driver: kept.driver,
    facts: kept.service,
    inventory,
    toDo: () => store.toDo(),
    look: () => store.look(),
    jobRuns: (now) => {
      if (now === runs) return;
      runs = now;
      store
        .hold(now)
        .catch((error: unknown) => log.error('the inventory could not be taken over', { error: String(error) }));
    },
    close: async () => {
      await inventory.close();
      await driver.close();
      await store.close();
    },
  };
}
