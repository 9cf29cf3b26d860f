import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountBook } from '../accounts/AccountBook.ts';
import { Journal } from '../jobs/Journal.ts';
import { loadMasterKey } from '../nodes/ssh/masterKey.ts';
import { STATE_FORMAT, StateFolder } from '../state/StateFolder.ts';
import { loadOwnIdentity } from '../tls/tlsIdentity.ts';
import { examine } from './doctor.ts';
import { type Finding, findingsText, worstOf } from './findings.ts';
import { type CertificateSeen, judgeCertificate } from './judgeCertificate.ts';
import { judgeClock, judgeLimits, judgeService } from './judgeMachine.ts';
import { judgeAccounts, judgeInventory, judgeMasterKey, judgeNodes } from './judgeNodes.ts';
import { judgePorts, portRanges } from './judgePorts.ts';
import { judgeDisk, judgeJournal, judgeState, type StateSeen } from './judgeState.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const DAY_MS = 86_400_000;
const told = (findings: readonly Finding[]): string[] => findings.map(({ verdict, text }) => `${verdict} ${text}`);

describe('what the doctor makes of what it saw', () => {
  it('of nodes: how many let the master in, and once for each cause who does not', () => {
    const refused = (name: string): { name: string; code: string; message: string } => ({
      ...{ name, code: 'node-key-refused', message: `${name} did not let root in` },
    });
    expect(judgeNodes(undefined)).toEqual([]);
    expect(told(judgeNodes({ tried: 3, of: 3, failed: [] }))).toEqual(['OK 3 let the master in']);
    const findings = judgeNodes({ tried: 128, of: 500, failed: [refused('a'), refused('b')] });
    expect(told(findings)).toEqual([
      'OK 126 of the first 128 of 500 let the master in',
      'NOTICE 2 of 128 cannot be worked on: a, b: a did not let root in (node-key-refused)',
    ]);
    expect(findings[1]?.next).toContain('putctl nodes authorize');
    expect(told(judgeNodes({ tried: 1, of: 1, failed: [refused('a')] }))).toHaveLength(1);
  });

  it('of the service: whether it runs, and will after a boot', () => {
    const seen = (unitFileState: string, activeState: string, result = 'success'): string[] =>
      told(judgeService({ unitFileState, activeState, result }));
    expect(judgeService(undefined)).toEqual([]);
    expect(seen('enabled', 'active')).toEqual(['OK putservices.service runs, and starts when this machine boots']);
    expect(seen('disabled', 'active')).toEqual([
      'NOTICE putservices.service does not start when this machine boots (disabled)',
    ]);
    expect(seen('disabled', 'inactive')).toEqual([
      'NOTICE putservices.service does not start when this machine boots (disabled)',
      'NOTICE putservices.service does not run (inactive)',
    ]);
    expect(judgeService({ unitFileState: 'disabled', activeState: 'inactive', result: '' })[0]?.next).toBe(
      'systemctl enable --now putservices',
    );
    expect(seen('enabled', 'failed', 'exit-code')).toEqual([
      'FAILED putservices.service ended and is not started again (exit-code)',
    ]);
    expect(seen('masked', 'inactive')).toEqual(['NOTICE putservices.service is masked and cannot be started']);
  });

  it('of ports: free, its own, and whose they are', () => {
    const at = (port: number, pid?: number): Parameters<typeof judgePorts>[0][number] => ({
      ...{ port, state: 'in-use', why: `port ${port} is in use by x (pid ${pid})`, next: 'End it.' },
      owner: pid === undefined ? undefined : { name: 'x', pid },
    });
    expect(portRanges([9001, 8443, 9000, 9003])).toBe('8443, 9000-9001, 9003');
    expect(told(judgePorts([{ port: 1, state: 'free' }], undefined))).toEqual(['OK free: 1']);
    expect(told(judgePorts([at(9000, 7), at(9001, 7)], 7))).toEqual([
      'OK putservices (process 7) listens at 9000-9001',
    ]);
    expect(told(judgePorts([at(9000, 7), { port: 9001, state: 'free' }], 7))[1]).toMatch(
      /^NOTICE .*does not listen at 9001/,
    );
    expect(judgePorts([at(9000, 8)], 7)).toMatchObject([{ verdict: 'FAILED', next: 'End it.' }]);
    expect(worstOf(judgePorts([at(9000)], undefined))).toBe('FAILED');
    expect(worstOf(judgePorts([at(9000)], 7))).toBe('NOTICE');
    expect(told(judgePorts([at(9000, 8), at(9001, 8), at(9002, 9)], 7))).toEqual([
      'FAILED port 9000 is in use by x (pid 8); so with 9001',
      'FAILED port 9002 is in use by x (pid 9)',
    ]);
    expect(told(judgePorts([{ port: 443, state: 'free', rootOnly: true }], undefined))).toEqual([
      'NOTICE free, and for root alone: 443',
    ]);
    const refused = [1, 2, 3].map((port) => ({
      port,
      state: 'refused' as const,
      why: `port ${port}: no`,
      next: 'LISTEN',
    }));
    expect(told(judgePorts(refused, undefined))).toEqual(['FAILED port 1: no; so with 2-3']);
  });

  it('of the certificate: its days, its key and its name', () => {
    const seen: CertificateSeen = {
      ...{
        own: false,
        fingerprint: 'AA',
        validFromMs: 0,
        validToMs: 100 * DAY_MS,
        namesHost: true,
        hostName: 'master',
      },
      ...{ keyFile: '/k', keyMode: 0o100600 },
    };
    const verdict = (change: Partial<CertificateSeen>, nowMs = DAY_MS): string =>
      told(judgeCertificate({ ...seen, ...change }, nowMs)).join('; ');
    expect(verdict({})).toBe('OK of TLSCERT, 99 days left, fingerprint AA');
    expect(verdict({}, 71 * DAY_MS)).toBe('NOTICE it ends in 29 days');
    expect(verdict({}, 100 * DAY_MS)).toMatch(/^FAILED it ended on 1970-04-11/);
    expect(verdict({ validFromMs: 2 * DAY_MS })).toMatch(/^FAILED it is not valid before/);
    expect(verdict({ keyMode: 0o100644 })).toMatch(/^NOTICE others than its owner have rights to \/k \(644\)/);
    expect(verdict({ namesHost: false })).toBe('NOTICE it does not name this machine, master');
    expect(verdict({ namesHost: false, own: true })).toMatch(/^OK own/);
    expect(worstOf(judgeCertificate(undefined, 0))).toBe('NOTICE');
  });

  it('of the state folder, its disk and its journal', () => {
    const seen: StateSeen = {
      ...{ path: '/s', exists: true, owner: { uid: 5, name: 'putservices' }, mode: 0o40700, foreign: [], gone: [] },
      ...{ serviceUser: { uid: 5, name: 'putservices' }, version: { format: 1, software: 'p/1' }, holderPid: 7 },
    };
    const verdict = (change: Partial<StateSeen>): string => told(judgeState({ ...seen, ...change }, 1)).join('; ');
    expect(verdict({})).toBe('OK /s of putservices, p/1; putservices uses it, process 7');
    expect(verdict({ owner: { uid: 0, name: 'root' } })).toBe('NOTICE /s belongs to root');
    expect(verdict({ foreign: ['accounts'] })).toBe('FAILED not of its owner putservices: accounts');
    expect(verdict({ mode: 0o40750 })).toMatch(/^NOTICE .*\(750\)/);
    expect(verdict({ version: { format: 2, software: 'p/9' } })).toMatch(
      /^FAILED .*written by p\/9; this version reads 1/,
    );
    expect(verdict({ gone: ['the account file'] })).toBe('FAILED gone since the last start: the account file');
    expect(verdict({ exists: false })).toMatch(/^NOTICE/);
    const disk = (freeMib: number, freeFiles?: number): string =>
      worstOf(judgeDisk({ path: '/s', freeBytes: freeMib * 1024 * 1024, freeFiles }));
    expect([disk(4000), disk(1000), disk(100), disk(4000, 10)]).toEqual(['OK', 'NOTICE', 'FAILED', 'FAILED']);
    const read = { kind: 'read', version: 4, jobs: 3, pending: false, damage: '' } as const;
    expect(told(judgeJournal(read, 4))).toEqual(['OK 3 jobs']);
    expect(told(judgeJournal({ ...read, version: 3 }, 4))[0]).toMatch(/earlier version/);
    expect(told(judgeJournal({ ...read, version: 5 }, 4))[0]).toMatch(/^FAILED .*version 5/);
    expect(told(judgeJournal({ ...read, damage: 'page 3' }, 4))).toEqual(['FAILED journal.db is damaged: page 3']);
    expect(worstOf(judgeJournal({ ...read, pending: true }, 4))).toBe('NOTICE');
  });

  it('of nodes, keys, accounts, clock and limits', () => {
    expect(worstOf(judgeInventory(undefined))).toBe('NOTICE');
    expect(worstOf(judgeMasterKey({ file: '/k', mode: 0o100640, usable: true }))).toBe('FAILED');
    expect(worstOf(judgeMasterKey({ file: '/k', mode: 0o100600, usable: false }))).toBe('FAILED');
    expect(worstOf(judgeAccounts({ rows: [{ user: 'a', role: 'operator' }], faults: [] }, '/s'))).toBe('FAILED');
    const nobody = (state: string): string | undefined =>
      judgeAccounts({ rows: [], faults: [] }, state, false)[0]?.next;
    expect(nobody('/s')).toBe('putservices account add NAME --role admin --state /s');
    expect(nobody('/var/lib/putservices')).toBe(
      'systemctl start putservices, which makes the state folder; then runuser -u putservices -- putservices account add NAME --role admin --state /var/lib/putservices',
    );
    expect(
      told(judgeAccounts({ rows: [{ user: 'a', role: 'admin' }], faults: [{ line: 3, message: 'x' }] }, '/s')),
    ).toEqual(['NOTICE accounts, line 3: x']);
    const nowMs = Date.parse('2026-01-02T00:00:00Z');
    const clock = (lastWrittenMs: number, synchronised?: boolean): string =>
      worstOf(judgeClock({ nowMs, lastWrittenMs, synchronised }));
    expect([clock(0), clock(0, true), clock(0, false), clock(nowMs + DAY_MS)]).toEqual([
      'OK',
      'OK',
      'NOTICE',
      'FAILED',
    ]);
    const limits = (openFiles: number | undefined): string =>
      worstOf(judgeLimits({ openFiles, ofPid: 1, nodes: 1000 }));
    expect([limits(65_536), limits(1024), limits(undefined)]).toEqual(['OK', 'NOTICE', 'OK']);
  });
});

describe('the doctor at a state folder', () => {
  let root: string;
  let state: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'put-doctor-'));
    state = join(root, 'state');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const everything = (): string[] =>
    existsSync(state)
      ? readdirSync(state, { recursive: true, encoding: 'utf8' })
          .map((name) => `${name} ${statSync(join(state, name)).mtimeMs} ${statSync(join(state, name)).mode}`)
          .sort()
      : [];
  const verdictOf = (findings: readonly Finding[], check: string): string =>
    worstOf(findings.filter((finding) => finding.check === check));

  it('finds what is wrong in every part, one fault taking nothing from the others, and changes nothing', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const place = taken.address();
    const port = typeof place === 'object' && place ? place.port : 0;
    const config = join(root, 'Config');
    writeFileSync(config, `LISTEN=127.0.0.1\nCCPORT=${port}\nCCPORTCOUNT=2\n`);
    const folder = await StateFolder.open({ path: state, software: '0.1.0', log });
    const accounts = await AccountBook.open({ file: folder.file('accounts'), log, cost: { n: 16, r: 1, p: 1 } });
    await accounts.addAccount({ user: 'anna', role: 'admin', password: 'long enough' });
    loadOwnIdentity(folder.file('tls'), { systemName: 'x', nowMs: Date.now() });
    await loadMasterKey(folder.file('ssh', 'id_ed25519'), 'x');
    new Journal(folder.file('journal.db')).close();
    writeFileSync(folder.file('nodes.yaml'), 'version: 1\nnodes:\n  - { name: a, address: 10.0.0.1 }\n');
    await folder.release();

    const before = everything();
    const { findings } = await examine({ state, config });
    expect(everything()).toEqual(before);
    for (const check of ['config', 'state', 'journal', 'certificate', 'accounts', 'keys'])
      expect(verdictOf(findings, check), check).toBe('OK');
    expect(findings.find(({ check }) => check === 'inventory')).toMatchObject({
      ...{ verdict: 'NOTICE', text: 'no host key is pinned for a' },
    });
    const [portFinding] = findings.filter(({ check, verdict }) => check === 'ports' && verdict === 'FAILED');
    expect(portFinding?.text).toMatch(new RegExp(`port ${port} \\(CCPORT\\) on 127.0.0.1 is in use.*Config, line 2`));

    writeFileSync(join(state, 'nodes.yaml'), 'version: 1\nnodes:\n  - { name: a, adress: 10.0.0.1 }\n');
    writeFileSync(join(state, 'version.json'), JSON.stringify({ format: STATE_FORMAT + 1, software: 'p/9' }));
    writeFileSync(join(state, 'journal.db'), 'no database at all'.repeat(100));
    writeFileSync(join(state, 'tls', 'key.pem'), 'no key');
    chmodSync(join(state, 'ssh', 'id_ed25519'), 0o644);
    rmSync(join(state, 'accounts'));
    const later = new Date(Date.now() + DAY_MS);
    utimesSync(join(state, 'version.json'), later, later);
    const broken = everything();
    const report = await examine({ state, config: join(root, 'nowhere') });
    expect(everything()).toEqual(broken);
    for (const check of ['config', 'state', 'journal', 'accounts', 'keys', 'inventory', 'clock'])
      expect(verdictOf(report.findings, check), check).toBe('FAILED');
    expect(verdictOf((await examine({ state, config: undefined })).findings, 'certificate')).toBe('FAILED');
    expect(report.verdict).toBe('FAILED');
    // Every line that is not OK says what to do.
    expect(report.findings.filter(({ verdict, next }) => verdict !== 'OK' && next === '')).toEqual([]);
    expect(findingsText(report.findings)).toMatch(/^FAILED {2}inventory {4}.*nodes\.yaml, line 3: /m);
    taken.close();
  });

  it.runIf(process.getuid?.() === 0)(
    'judges files as the user of the folder reads them, although root asks',
    async () => {
      mkdirSync(state, { mode: 0o700 });
      chownSync(state, 65_534, 65_534);
      chmodSync(root, 0o755);
      const config = join(root, 'Config');
      writeFileSync(config, 'CCPORT=9000\n', { mode: 0o640 });
      const verdict = async (): Promise<string> => verdictOf((await examine({ state, config })).findings, 'config');
      expect(await verdict()).toBe('FAILED');
      expect([process.geteuid?.(), process.getegid?.()]).toEqual([0, 0]);
      chownSync(config, 0, 65_534);
      expect(await verdict()).toBe('OK');
      writeFileSync(join(root, 'ciphers'), 'NO-SUCH-CIPHER\n');
      writeFileSync(config, `ALLOWEDCIPHERS=${join(root, 'ciphers')}\n`);
      expect(await verdict()).toBe('FAILED');
    },
  );

  it.runIf(process.getuid?.() === 0)('says once that another user may not look into the folder', async () => {
    mkdirSync(state, { mode: 0o700 });
    chmodSync(root, 0o755);
    process.seteuid?.(65_534);
    const { findings } = await examine({ state, config: undefined }).finally(() => process.seteuid?.(0));
    const failed = findings.filter(({ check, verdict }) => verdict === 'FAILED' && check !== 'ports');
    expect(told(failed)).toEqual([`FAILED this user may not look into ${state}`]);
  });
});
