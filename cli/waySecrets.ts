import { isReusable, wayQuestionKey, type WayQuestion, type WaySecrets } from '../core/model/ways.ts';
import type { CommandHost } from './CommandHost.ts';
import { firstLine } from '../core/model/firstLine.ts';
import { readSecretFile } from './secretFile.ts';
import type { SecretFileOptions } from './wayOptions.ts';

/** Secrets that a file or the environment may hold; a code of a second factor is typed each time. */
type SecretKind = Exclude<WayQuestion['kind'], 'ssh-host-key' | 'ssh-prompt'>;

const SOURCES: Readonly<
  Record<SecretKind, { readonly option: string; readonly key: keyof SecretFileOptions; readonly env: string }>
> = {
  'ssh-key-passphrase': { option: '--ssh-passphrase-file', key: 'sshPassphraseFile', env: 'PUT_SSH_PASSPHRASE' },
  'ssh-password': { option: '--ssh-password-file', key: 'sshPasswordFile', env: 'PUT_SSH_PASSWORD' },
  'proxy-password': { option: '--proxy-password-file', key: 'proxyPasswordFile', env: 'PUT_PROXY_PASSWORD' },
  'client-key-passphrase': {
    option: '--certificate-passphrase-file',
    key: 'certificatePassphraseFile',
    env: 'PUT_CERTIFICATE_PASSPHRASE',
  },
};

function promptOf(question: WayQuestion): string {
  switch (question.kind) {
    case 'ssh-key-passphrase':
      return `Passphrase of the SSH key ${question.keyFile}: `;
    case 'client-key-passphrase':
      return `Passphrase of the client key ${question.keyFile}: `;
    case 'ssh-password':
      return `SSH password of ${question.user}@${question.host}: `;
    case 'ssh-prompt':
      return `${question.prompt} `;
    case 'proxy-password':
      return `Password of ${question.user} at the proxy ${question.host}:${question.port}: `;
    case 'ssh-host-key':
      return 'Accept it? Type yes or no: ';
  }
}

/**
 * Secrets of the ways for one command: from files, the environment, or asked on the terminal, one question at a time. Right
 * answers serve the reconnects of the command. Throws `file-unreadable` for a file that an option names.
 */
export async function createWaySecrets(
  host: CommandHost,
  options: SecretFileOptions,
  onHostKey: (question: Extract<WayQuestion, { kind: 'ssh-host-key' }>) => void,
): Promise<WaySecrets> {
  const given = new Map<SecretKind, string>();
  for (const [kind, { option, key, env }] of Object.entries(SOURCES) as [SecretKind, (typeof SOURCES)[SecretKind]][]) {
    const path = options[key];
    const secret =
      path === undefined ? host.env[env] || undefined : firstLine(await readSecretFile(host.terminal, path, option));
    if (secret !== undefined) given.set(kind, secret);
  }
  const { terminal } = host;
  const answers = new Map<string, string>();
  const wrongOnes = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  const askNow = async (question: WayQuestion, wrong: boolean, signal: AbortSignal): Promise<string | undefined> => {
    if (signal.aborted || !terminal.canAsk) return undefined;
    if (wrong) terminal.err('That was wrong. Once more:');
    try {
      if (question.kind === 'ssh-prompt') {
        terminal.err(
          `${question.user}@${question.host} asks:${question.instructions === '' ? '' : `\n${question.instructions}`}`,
        );
        return question.echo
          ? await terminal.ask(promptOf(question), signal)
          : await terminal.askHidden(promptOf(question), signal);
      }
      if (question.kind !== 'ssh-host-key') {
        const answer = await terminal.askHidden(promptOf(question), signal);
        return answer === '' ? undefined : answer;
      }
      terminal.err(
        [
          `The SSH host key of ${question.host}:${question.port} is not known here yet. Its fingerprint is`,
          `  ${question.fingerprint}`,
          'Compare it with what ssh-keygen -lf prints on that host.',
        ].join('\n'),
      );
      return (await terminal.ask(promptOf(question), signal)).trim().toLowerCase() === 'yes' ? 'yes' : undefined;
    } catch (error) {
      // Another way was faster. Ctrl-C and an ended input give up the way, and say so.
      if (signal.aborted) return undefined;
      throw error;
    }
  };

  const known = (question: WayQuestion): string | undefined => {
    const key = wayQuestionKey(question);
    const answer = answers.get(key);
    if (
      answer !== undefined ||
      question.kind === 'ssh-host-key' ||
      question.kind === 'ssh-prompt' ||
      wrongOnes.has(key)
    )
      return answer;
    return given.get(question.kind);
  };

  return {
    known,
    ask(question, wrong, signal) {
      const asked = turn.then(async () => {
        // Another way asked the same while this one waited for its turn.
        const answered = wrong ? undefined : known(question);
        const answer = answered ?? (await askNow(question, wrong, signal));
        if (answer !== undefined && isReusable(question)) answers.set(wayQuestionKey(question), answer);
        return answer;
      });
      turn = asked.catch(() => {});
      return asked;
    },
    told(question, right) {
      const key = wayQuestionKey(question);
      if (!right) {
        answers.delete(key);
        wrongOnes.add(key);
      } else if (question.kind === 'ssh-host-key') {
        onHostKey(question);
      }
    },
  };
}
