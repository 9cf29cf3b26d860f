import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InventoryView } from '../../../../core/model/inventory/inventoryView.ts';
import { METHODS, type MethodName, type MethodResult } from '../../../../core/protocol/methods.ts';
import { createFakeClock } from '../../../../core/testing/fakeClock.ts';
import { callerNamed } from '../../../jobs/testing/askService.ts';
import { type HostContact, InventoryService } from '../InventoryService.ts';
import { InventoryStore } from '../InventoryStore.ts';
import { SudoPasswords } from '../SudoPasswords.ts';

/** A host key as known_hosts has it; one for each letter. */
export const hostKey = (letter: string): string => `ssh-ed25519 ${letter.repeat(68)}`;

/** The inventory of a folder of its own, with hosts that a test sets. */
export class InventoryRig {
  readonly clock = createFakeClock();
  readonly told: string[] = [];
  readonly warned: string[] = [];
  readonly hosts: { -readonly [K in keyof HostContact]: HostContact[K] } = {
    publicLine: 'ssh-ed25519 MASTER put',
    shownHostKey: (name) => Promise.resolve({ key: hostKey('B'), fingerprint: `SHA256:${name}` }),
    authorize: () => Promise.resolve(),
  };
  readonly file: string;
  readonly #folder: string;
  store!: InventoryStore;
  passwords!: SudoPasswords;
  service!: InventoryService;

  private constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, 'nodes.yaml');
  }

  /** With this text in nodes.yaml, or without the file. */
  static async make(text?: string): Promise<InventoryRig> {
    const rig = new InventoryRig(await mkdtemp(join(tmpdir(), 'put-inventory-')));
    if (text !== undefined) await rig.write(text);
    await rig.open();
    await rig.store.hold(false);
    return rig;
  }

  async open(): Promise<void> {
    const log = {
      info: () => {},
      warn: (message: string) => void this.warned.push(message),
      error: (message: string) => void this.warned.push(message),
    };
    const inEffectFile = join(this.#folder, 'nodes-in-effect.yaml');
    this.store = await InventoryStore.open({ file: this.file, inEffectFile, clock: this.clock, log });
    this.passwords = new SudoPasswords(
      () => this.store.current(),
      () => this.service.changed(),
    );
    this.service = new InventoryService({
      ...{ store: this.store, hosts: this.hosts, passwords: this.passwords, clock: this.clock },
      tell: ({ text }) => this.told.push(text),
    });
  }

  /** As an editor does it. */
  async write(text: string): Promise<void> {
    await writeFile(this.file, text);
  }

  read(): Promise<string> {
    return readFile(this.file, 'utf8');
  }

  view(): InventoryView {
    const topic = this.service.topic('inventory', callerNamed('ada'));
    return topic?.kind === 'state' ? (topic.state() as InventoryView) : expectNever();
  }

  /** Asks as a session does: params and answer are checked. */
  async ask<M extends MethodName>(method: M, params: object): Promise<MethodResult<M>> {
    const checked = METHODS[method].params.parse(params) as never;
    const answer: unknown = await this.service.handlers[method]?.(checked, callerNamed('ada'));
    return METHODS[method].result.parse(answer) as MethodResult<M>;
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.store.close();
  }

  async dispose(): Promise<void> {
    await this.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function expectNever(): never {
  throw new Error('there is no such topic');
}
