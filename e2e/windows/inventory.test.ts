import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KnownFacts } from '../../core/model/knownFacts.ts';
import { newSshKey } from '../../core/node/ssh/newSshKey.ts';
import { sshFingerprintOf } from '../../core/node/ssh/sshHostKey.ts';
import { Lab, whyNoLab } from '../../lab/Lab.ts';
import { isBootedRootMade } from '../../lab/labRoot.ts';
import { canShowWindows, launchDesktop, type Desktop } from '../support/desktop.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl } from '../support/runPutctl.ts';
import { button, signInAsNewSystem } from '../support/windowSteps.ts';

/*
 * A master that knows no node and is let in by none, and real nodes in a lab: everything that it needs is done in the window.
 */

const PUTCTL = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** On booted nodes of the lab (`lab/labRoot.ts`). */
const ENGINEER = { user: 'engineer', password: 'only-for-the-lab' } as const;
const WRONG = ['wrong in the window', 'wrong by putctl'] as const;

const whyNot = whyNoLab(true) ?? (isBootedRootMade() ? undefined : 'the root of booted nodes was not made here yet');

/** The text of every file below a folder, bytes as signs. */
async function textsBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

describe.skipIf(!canShowWindows || whyNot !== undefined)('the inventory of real nodes, in the window', () => {
  let folder: string;
  let lab: Lab;
  let system: PracticeSystem;
  let desktop: Desktop;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'put-inventory-'));
    const [nodesFile, keyFile] = [join(folder, 'none.yaml'), join(folder, 'id')];
    await writeFile(nodesFile, 'version: 1\nnodes: []\n');
    await writeFile(keyFile, newSshKey('master').private, { mode: 0o600 });
    lab = await Lab.up({ nodes: 3, booted: 2 });
    // Nodes of the lab take no password, which everybody on this machine could give.
    const take = 'sed -i "s/^PasswordAuthentication no/PasswordAuthentication yes/" /etc/ssh/sshd_config';
    for (const { nodeId, booted } of lab.nodes)
      if (booted) expect(await lab.run(nodeId, `${take} && systemctl restart ssh`)).toMatchObject({ status: 0 });
    system = await PracticeSystem.start({ real: { nodesFile, keyFile } });
    desktop = await launchDesktop();
    await signInAsNewSystem(desktop.page, system);
    await desktop.page.getByRole('heading', { name: 'Operations' }).waitFor();
    await desktop.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Nodes' }).click();
  });
  afterAll(async () => {
    await desktop?.close();
    await system?.stop();
    await lab?.down();
    await rm(folder, { recursive: true, force: true });
  });

  const portOf = (at: number): string => String(lab.nodes[at]?.outside.port);
  const dialogOf = (page: Page, name: string) => page.getByRole('dialog', { name });
  const openDialog = async (page: Page, title: string, ofButton: string) => {
    const panel = page.getByRole('region', { name: 'Inventory', exact: true });
    await panel.getByRole('button', { name: ofButton }).click();
    const dialog = dialogOf(page, title);
    await dialog.waitFor();
    return dialog;
  };
  /** Opens what is known of a node at the right. */
  const showNode = (page: Page, nodeId: string) => page.getByRole('grid').getByRole('button', { name: nodeId }).click();
  const readAll = async (page: Page): Promise<void> => {
    await button(page, 'Read all now').click();
    await expect.poll(() => button(page, 'Read all now').isEnabled(), { timeout: 20_000 }).toBe(true);
  };
  const putctl = (args: readonly string[]) => {
    const { host, ccPort, fingerprint } = system.target;
    const way = ['--host', host, '--cc-port', String(ccPort), '--fingerprint', fingerprint];
    return runPutctl(PUTCTL, [...args, ...way], { PUT_USER: system.user, PUT_PASSWORD: system.password });
  };

  it('adds, imports and pins nodes, brings the key there by one password, and comes to root by another that is asked for once', async () => {
    const { page } = desktop;
    page.setDefaultTimeout(15_000);
    const fingerprint = sshFingerprintOf(Buffer.from(lab.hostKey.split(' ')[1] ?? '', 'base64'));

    const add = await openDialog(page, 'Add a node', 'Add…');
    for (const [label, value] of [
      ['Name', 'alpha'],
      ['Address', '127.0.0.1'],
      ['SSH port', portOf(0)],
      ['User', ENGINEER.user],
    ] as const)
      await add.getByLabel(label, { exact: true }).fill(value);
    await add.getByRole('button', { name: 'Add, then look at its host key' }).click();
    const pin = dialogOf(page, 'Host keys');
    await pin.getByText(fingerprint).waitFor();
    await pin.getByRole('button', { name: 'It is right: pin it' }).click();
    await pin.waitFor({ state: 'detached' });

    const bring = await openDialog(page, 'Import an inventory', 'Import…');
    const hosts = `[tpa]
beta ansible_host=127.0.0.1 ansible_port=${portOf(1)} ansible_user=${ENGINEER.user} ansible_become=true put_system=2
gamma ansible_host=127.0.0.1 ansible_port=${portOf(2)} ansible_user=root
`;
    const fileOf = (text: string) => ({ name: 'hosts.ini', mimeType: 'text/plain', buffer: Buffer.from(text) });
    const bad = `${hosts}delta ansible_host=127.0.0.1 ansible_port=${portOf(0)}\n`;
    await bring.getByLabel('File of this machine').setInputFiles(fileOf(bad));
    await bring.getByText(/^Line 4: delta has the address of alpha, which is in the inventory already/).waitFor();
    await bring.getByText('Mend the faults in the file, then choose it again.').waitFor();
    await bring.getByLabel('File of this machine').setInputFiles(fileOf(hosts));
    await bring.getByText('Read as an Ansible inventory (INI): 2 nodes, no fault.').waitFor();
    await bring.getByRole('button', { name: 'Write 2 nodes' }).click();
    await bring.waitFor({ state: 'detached' });
    await button(page, 'Host keys: 2 not pinned…').click();
    await pin.getByText(fingerprint).nth(1).waitFor();
    await pin.getByRole('button', { name: 'They are right: pin these 2' }).click();
    await pin.waitFor({ state: 'detached' });

    const probe = await openDialog(page, 'Probe a subnet', 'Probe…');
    await probe.getByLabel('Subnet').fill('127.0.0.1-127.0.0.1');
    await probe.getByLabel('SSH port').fill(portOf(0));
    await probe.getByRole('button', { name: 'Probe', exact: true }).click();
    await probe.getByText('is alpha already').waitFor();
    await page.keyboard.press('Escape');

    // Nobody lets the master in yet; root of a light node has no password.
    await showNode(page, 'alpha');
    await page.getByText('The node does not let the user of the inventory in by the key of the master.').waitFor();
    const letIn = await openDialog(page, 'Let the master in', 'Let the master in…');
    await letIn.getByRole('button', { name: 'Choose all 3' }).click();
    await letIn.getByLabel('Password of the user on these nodes').fill(ENGINEER.password);
    await letIn.getByRole('button', { name: 'Bring the key to 3 nodes' }).click();
    await letIn.getByText('These 2 let the master in now: alpha beta').waitFor({ timeout: 20_000 });
    await letIn.getByText(/gamma.*did not let root in/).waitFor();
    await letIn.getByRole('button', { name: 'Close' }).click();

    // sudo asks there for a password, and none was given.
    await readAll(page);
    await page.getByText('sudo on the node asks for a password and none was given.').waitFor();
    const giveSudo = async (password: string, of: string): Promise<void> => {
      const sudo = await openDialog(page, 'Password for sudo', 'Password for sudo…');
      await sudo.getByLabel('On').selectOption(of);
      await sudo.getByLabel('Password', { exact: true }).fill(password);
      await sudo.getByRole('button', { name: 'Give it to the master' }).click();
      await sudo.waitFor({ state: 'detached' });
      await readAll(page);
    };
    await giveSudo(WRONG[0], 'the nodes of system 1');
    const trouble = page.getByRole('paragraph');
    await trouble.getByText("alpha does not give root's rights by sudo: the password for sudo is wrong").waitFor();
    await trouble.getByText(/give it anew \(putctl nodes sudo-password, or Password for sudo under Nodes\)/).waitFor();

    await writeFile(join(folder, 'wrong'), `${WRONG[1]}\n`);
    const given = await putctl(['nodes', 'sudo-password', '--of', '1', '--sudo-password-file', join(folder, 'wrong')]);
    expect(given.code, given.err).toBe(0);
    const { out } = await putctl(['nodes', 'refresh']);
    expect(out).toMatch(
      /Not read: alpha.*: the password for sudo is wrong; the master has forgotten it.* \(node-sudo-refused\)\n {2}Next: .*give it anew/,
    );

    await giveSudo(ENGINEER.password, 'all nodes');
    const [view] = Object.values((await desktop.state()).systems);
    for (const nodeId of ['alpha', 'beta']) {
      const request = { systemId: view?.saved.systemId ?? '', method: 'nodes.facts' as const, params: { nodeId } };
      const { facts } = (await desktop.ask('master.request', request)) as KnownFacts;
      expect(facts.packages?.map(({ name }) => name)).toContain('ptbase');
    }
    expect(await desktop.faults()).toEqual([]);
    const kept = await textsBelow(system.stateFolder);
    for (const secret of [ENGINEER.password, ...WRONG]) expect(kept).not.toContain(secret);
  });
});
