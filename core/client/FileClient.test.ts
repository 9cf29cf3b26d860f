import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster } from '../testing/fakeMaster.ts';
import { FileClient, type FileSource, type UploadProgress } from './FileClient.ts';
import { PutClient, type FileLane } from './PutClient.ts';

const SHA = 'ab'.repeat(32);

function source(sizeBytes: number, name = 'a.rpm'): FileSource & { closed: boolean } {
  return {
    name,
    sizeBytes,
    closed: false,
    read: (offset, lengthBytes) =>
      Promise.resolve(Uint8Array.from({ length: lengthBytes }, (_, i) => (offset + i) % 251)),
    sha256: () => Promise.resolve(SHA),
    close() {
      this.closed = true;
      return Promise.resolve();
    },
  };
}

function setUp(options: { latencyMs?: number } = {}) {
  const clock = createFakeClock();
  const stored = new Map<number, number[]>();
  const sizes = new Map<number, number>();
  const names = new Map<string, number>();
  const faults = {
    begin: undefined as PutError | undefined,
    finish: undefined as PutError | undefined,
    noFirstCredit: false,
  };
  const sendCredit = (transfer: number, bytes: number): void =>
    master.link?.sendFileCredit({
      transfer,
      stored: bytes,
      allowed: bytes + 65_536,
      arrivedAtMs: clock.nowMs(),
    });
  const master: FakeMaster = new FakeMaster({
    clock,
    wire: { latencyMs: options.latencyMs ?? 1 },
    answer({ method, params }) {
      if (method === 'file.begin') {
        if (faults.begin) throw faults.begin;
        const { name, sizeBytes } = params as { name: string; sizeBytes: number };
        const transfer = names.get(name) ?? names.size + 1;
        names.set(name, transfer);
        sizes.set(transfer, sizeBytes);
        const bytes = stored.get(transfer) ?? [];
        stored.set(transfer, bytes);
        if (!faults.noFirstCredit) queueMicrotask(() => sendCredit(transfer, bytes.length));
        return { transfer, offset: bytes.length, complete: false };
      }
      if (method === 'file.finish') {
        if (faults.finish) throw faults.finish;
        return { name: 'a.rpm', sha256: SHA };
      }
      return {};
    },
    onFileData(transfer, offset, bytes) {
      const have = stored.get(transfer) ?? [];
      expect(offset).toBe(have.length);
      have.push(...bytes);
      sendCredit(transfer, have.length);
    },
  });
  const client = new PutClient({
    target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
    pathOrder: ['single-port'],
    dial: (target, signal) => master.dial(target, signal),
    clock,
    random: () => 0.5,
    software: 'test',
    clientSystem: 'laptop',
    onChange: () => {},
  });
  const files = new FileClient(client, clock);
  const signIn = async (): Promise<void> => {
    const done = client.signIn({ user: 'eva', password: 'secret' });
    await clock.advance(1_000);
    await done;
  };
  return { clock, master, client, files, signIn, stored, faults };
}

it('sends no more than its cap, which counts at once and goes with a new number', async () => {
  const { clock, files, signIn, stored } = setUp();
  await signIn();
  files.setCap(20_000);
  const upload = files.upload(source(200_000), () => {});
  await clock.advance(2_000);
  const afterTwo = stored.get(1)?.length ?? 0;
  expect(afterTwo).toBeGreaterThan(30_000);
  expect(afterTwo).toBeLessThanOrEqual(45_000);
  files.setCap(2_000);
  await clock.advance(2_000);
  expect((stored.get(1)?.length ?? 0) - afterTwo).toBeLessThanOrEqual(10_000);
  files.setCap(undefined);
  await clock.advance(2_000);
  await upload.done;
  expectWhole(stored.get(1), 200_000);
});

function expectWhole(bytes: number[] | undefined, sizeBytes: number): void {
  expect(bytes?.length).toBe(sizeBytes);
  expect(bytes?.every((byte, i) => byte === i % 251)).toBe(true);
}

describe('FileClient', () => {
  it('sends a file, tells progress, and ends when the master confirms', async () => {
    const { clock, files, signIn, stored } = setUp();
    await signIn();
    const told: UploadProgress[] = [];
    const file = source(300_000);
    const upload = files.upload(file, (progress) => told.push(progress));
    await clock.advance(5_000);
    await expect(upload.done).resolves.toEqual({ name: 'a.rpm', sha256: SHA });
    expectWhole(stored.get(1), 300_000);
    expect(told[0]?.state).toBe('hashing');
    expect(told.at(-1)?.state).toBe('done');
    expect(told.every((progress, i) => progress.storedBytes >= (told[i - 1]?.storedBytes ?? 0))).toBe(true);
    expect(file.closed).toBe(true);
  });

  it('begins again when the line was cut between the master and its answer, since the credit went with the line', async () => {
    const { clock, master, files, signIn, stored } = setUp({ latencyMs: 50 });
    await signIn();
    const upload = files.upload(source(20_000), () => {});
    await clock.advance(60);
    expect(master.seen.map(({ method }) => method)).toEqual(['file.begin']);
    master.cut();
    await clock.advance(10_000);
    await upload.done;
    expectWhole(stored.get(1), 20_000);
  });

  it('takes the credit that comes in one piece with the answer', async () => {
    const { clock, files, client, signIn, stored, faults } = setUp();
    faults.noFirstCredit = true;
    await signIn();
    const request = client.request.bind(client);
    let lane: FileLane | undefined;
    const addFileLane = client.addFileLane.bind(client);
    client.addFileLane = (added) => addFileLane((lane = added));
    const early = new FileClient(client, clock);
    client.request = ((method: 'file.begin', params: never) => {
      const answer = request(method, params);
      // As a reader does that finds both frames in one chunk: the credit is handled before the answer's promise goes on.
      if (method === 'file.begin') lane?.onCredit({ transfer: 1, stored: 0, allowed: 65_536, arrivedAtMs: 0 });
      return answer;
    }) as typeof client.request;
    files.close();
    const upload = early.upload(source(20_000), () => {});
    await clock.advance(5_000);
    await upload.done;
    expectWhole(stored.get(1), 20_000);
  });

  it('begins anew when the master closes the transfer, and hears the reason there', async () => {
    const { clock, files, master, signIn, faults } = setUp({ latencyMs: 20 });
    await signIn();
    const upload = files.upload(source(400_000), () => {});
    upload.done.catch(() => {});
    await clock.advance(150);
    faults.begin = new PutError('library-full', 'no room is left');
    master.link?.sendFileCredit({ transfer: 1, stored: 0, allowed: 0, arrivedAtMs: 0 });
    await clock.advance(5_000);
    await expect(upload.done).rejects.toMatchObject({ code: 'library-full' });
  });

  it('goes on at the offset of the master after each of many cuts', async () => {
    const { clock, files, master, signIn, stored } = setUp({ latencyMs: 20 });
    await signIn();
    const upload = files.upload(source(400_000), () => {});
    for (let i = 0; i < 12; i++) {
      await clock.advance(130 + i * 17);
      master.cut();
    }
    await clock.advance(60_000);
    await upload.done;
    expectWhole(stored.get(1), 400_000);
  });

  it('goes on after a session that the master forgot', async () => {
    const { clock, files, master, signIn, stored } = setUp({ latencyMs: 20 });
    await signIn();
    const upload = files.upload(source(200_000), () => {});
    await clock.advance(150);
    master.forget();
    master.cut();
    await clock.advance(60_000);
    await upload.done;
    expectWhole(stored.get(1), 200_000);
  });

  it('pauses, resumes, and sends several at once', async () => {
    const { clock, files, signIn, stored } = setUp({ latencyMs: 10 });
    await signIn();
    const states: string[] = [];
    const first = files.upload(source(200_000, 'a.rpm'), ({ state }) => states.push(state));
    const second = files.upload(source(100_000, 'b.rpm'), () => {});
    await clock.advance(60);
    first.pause();
    await clock.advance(60_000);
    await second.done;
    expect(states.at(-1)).toBe('paused');
    expect(stored.get(1)?.length).toBeLessThan(200_000);
    first.resume();
    await clock.advance(60_000);
    await first.done;
    expectWhole(stored.get(1), 200_000);
  });

  it('cancels, and asks the master to discard', async () => {
    const { clock, files, master, signIn } = setUp({ latencyMs: 50 });
    await signIn();
    const upload = files.upload(source(900_000), () => {});
    const refused = expect(upload.done).rejects.toMatchObject({ code: 'cancelled' });
    await clock.advance(400);
    upload.cancel();
    await clock.advance(1_000);
    await refused;
    expect(master.seen.at(-1)).toEqual({ method: 'file.abort', params: { transfer: 1, discard: true } });
  });

  it('fails with the reason of the master', async () => {
    const { clock, files, faults, signIn } = setUp();
    await signIn();
    faults.finish = new PutError('file-digest-mismatch', 'a.rpm arrived with another digest');
    const told: UploadProgress[] = [];
    const upload = files.upload(source(1_000), (progress) => told.push(progress));
    const refused = expect(upload.done).rejects.toMatchObject({ code: 'file-digest-mismatch' });
    await clock.advance(5_000);
    await refused;
    expect(told.at(-1)).toMatchObject({ state: 'failed', cause: { code: 'file-digest-mismatch' } });
  });
});
