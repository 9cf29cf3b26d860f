import { Option, type Command } from 'commander';
import { type z } from 'zod';
import { PutError } from '../core/protocol/errors.ts';
import { faultOf } from '../core/protocol/schemaWords.ts';
import type { PathKind } from '../core/protocol/handshake.ts';
import type { SavedSystem } from '../core/workbench/state.ts';
import { proxySettingsSchema, sshSettingsSchema, trustSettingsSchema } from '../core/workbench/waySettings.ts';

/** The options that say how the ways are gone. */
export interface WayOptions {
  readonly path?: readonly PathKind[] | undefined;
  readonly ssh?: string | undefined;
  readonly sshPort?: string | undefined;
  readonly sshUser?: string | undefined;
  readonly sshKey?: string | undefined;
  readonly sshJump?: string | undefined;
  readonly sshHostKey?: string | undefined;
  readonly proxy?: string | undefined;
  readonly proxyUser?: string | undefined;
  readonly authority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly certificateKey?: string | undefined;
}

/** Files that hold a secret each, in their first line. */
export interface SecretFileOptions {
  readonly sshPassphraseFile?: string | undefined;
  readonly sshPasswordFile?: string | undefined;
  readonly proxyPasswordFile?: string | undefined;
  readonly certificatePassphraseFile?: string | undefined;
}

/** A part of the settings, the option of each of its members, and what was given. */
function checkedSettings<S extends z.ZodType>(
  schema: S,
  optionOf: Readonly<Record<string, string>>,
  value: object,
): z.output<S> {
  const checked = schema.safeParse(Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)));
  if (checked.success) return checked.data;
  const { path, message } = faultOf(checked.error);
  const option = optionOf[String(path[0] ?? '')] ?? Object.values(optionOf)[0] ?? '';
  throw new PutError('usage', `${option}: ${message}`);
}

const SSH_OPTIONS = {
  host: '--ssh',
  port: '--ssh-port',
  user: '--ssh-user',
  keyFile: '--ssh-key',
  jump: '--ssh-jump',
  hostKey: '--ssh-host-key',
};
const PROXY_OPTIONS = { host: '--proxy', port: '--proxy', user: '--proxy-user' };
const TRUST_OPTIONS = { authorityFile: '--authority', certificateFile: '--certificate', keyFile: '--certificate-key' };

function proxyAddress(text: string): { host: string; port: number } {
  const match = /^(?:http:\/\/)?(\[[^\]]+\]|[^:]+):(\d{1,5})\/?$/.exec(text.trim());
  if (!match) throw new PutError('usage', `--proxy: ${text} is not HOST:PORT`);
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

/**
 * The settings of a system with what the command line says in place of its own. A way whose settings are named is tried
 * first unless `--path` says otherwise. Throws `usage` naming the option.
 */
export function withWayOptions(
  system: SavedSystem,
  options: WayOptions,
): Pick<SavedSystem, 'ssh' | 'proxy' | 'trust' | 'pathOrder'> {
  const { ssh: host, sshPort, sshUser, sshKey, sshJump, sshHostKey } = options;
  const namesSsh = [host, sshPort, sshUser, sshKey, sshJump, sshHostKey].some((part) => part !== undefined);
  // Another SSH host takes none of the settings of the one before.
  const sshBefore = host === undefined ? (system.ssh ?? { host: system.host }) : { host };
  const ssh = namesSsh
    ? checkedSettings(sshSettingsSchema, SSH_OPTIONS, {
        ...sshBefore,
        ...(sshPort === undefined ? {} : { port: /^\d{1,5}$/.test(sshPort) ? Number(sshPort) : sshPort }),
        ...(sshUser === undefined ? {} : { user: sshUser }),
        ...(sshKey === undefined ? {} : { keyFile: sshKey }),
        ...(sshJump === undefined ? {} : { jump: sshJump.split(',').map((jump) => jump.trim()) }),
        ...(sshHostKey === undefined ? {} : { hostKey: sshHostKey }),
      })
    : system.ssh;

  if (options.proxyUser !== undefined && options.proxy === undefined && !system.proxy)
    throw new PutError('usage', '--proxy-user needs --proxy HOST:PORT');
  const proxy =
    options.proxy === undefined && options.proxyUser === undefined
      ? system.proxy
      : checkedSettings(proxySettingsSchema, PROXY_OPTIONS, {
          ...(options.proxy === undefined ? system.proxy : proxyAddress(options.proxy)),
          ...(options.proxyUser === undefined ? {} : { user: options.proxyUser }),
        });

  const { authority, certificate, certificateKey } = options;
  const namesTrust = [authority, certificate, certificateKey].some((part) => part !== undefined);
  const trust = namesTrust
    ? checkedSettings(trustSettingsSchema, TRUST_OPTIONS, {
        authorityFile: authority ?? system.trust?.authorityFile,
        certificateFile: certificate ?? system.trust?.certificateFile,
        keyFile: certificateKey ?? (certificate === undefined ? system.trust?.keyFile : undefined),
      })
    : system.trust;

  const named: PathKind[] = [
    ...(namesSsh ? (['ssh'] as const) : []),
    ...(options.proxy === undefined ? [] : (['websocket'] as const)),
  ];
  const pathOrder = options.path ?? [...named, ...system.pathOrder.filter((path) => !named.includes(path))];
  return { ssh, proxy, trust, pathOrder };
}

/** Adds the options of the ways to a command. */
export function withWays(command: Command): Command {
  return command
    .optionsGroup('Ways:')
    .option('--ssh <host>', 'SSH host in front of, or on, the master node; a name of ~/.ssh/config works')
    .option('--ssh-port <port>', 'its port (default 22)')
    .option('--ssh-user <name>', 'user there')
    .option('--ssh-key <file>', 'private key, as a whole path; else agent and standard keys')
    .option('--ssh-jump <hosts>', 'jump hosts, nearest first: [user@]host[:port],...')
    .option('--ssh-host-key <SHA256>', 'the host key that it may show; else known_hosts decides')
    .option('--proxy <host:port>', 'HTTP proxy of the way by WebSocket')
    .option('--proxy-user <name>', 'user of the proxy')
    .option('--authority <file>', 'certificate authority of the site (PEM); no fingerprint is needed then')
    .option('--certificate <file>', 'client certificate (PEM), where the master node demands one')
    .option('--certificate-key <file>', 'its private key (PEM), where it is in another file')
    .optionsGroup('Options:');
}

/** Adds the options that name files with secrets of the ways. */
export function withSecretFiles(command: Command): Command {
  const secret = (flags: string, what: string, env: string): Option =>
    new Option(flags, `file whose first line is ${what}; also ${env}; else it is asked for`);
  return command
    .optionsGroup('Secrets of the ways:')
    .addOption(secret('--ssh-passphrase-file <file>', 'the passphrase of the SSH key', 'PUT_SSH_PASSPHRASE'))
    .addOption(secret('--ssh-password-file <file>', 'the SSH password', 'PUT_SSH_PASSWORD'))
    .addOption(secret('--proxy-password-file <file>', 'the password of the proxy', 'PUT_PROXY_PASSWORD'))
    .addOption(
      secret('--certificate-passphrase-file <file>', 'the passphrase of the client key', 'PUT_CERTIFICATE_PASSPHRASE'),
    )
    .optionsGroup('Options:');
}
