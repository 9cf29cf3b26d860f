import { isIP } from 'node:net';

/** One key of the Config file; the help text of putservices is made from this table. */
export interface ConfigKey<T> {
  readonly key: string;
  /** What the value looks like. */
  readonly form: string;
  /** The default as one would write it; '' where there is none. */
  readonly defaultText: string;
  readonly help: string;
  readonly defaultValue: T;
  /** The value of a text; a string is the reason why it is none. */
  readonly parse: (text: string) => { readonly value: T } | string;
}

function number(key: string, defaultValue: number, least: number, most: number, help: string): ConfigKey<number> {
  return {
    ...{ key, help, defaultValue, form: `${least}-${most}`, defaultText: String(defaultValue) },
    parse: (text) => {
      const value = Number(text);
      if (!/^\d{1,15}$/.test(text) || value < least || value > most) {
        return `a whole number from ${least} to ${most} is needed`;
      }
      return { value };
    },
  };
}

const port = (key: string, defaultValue: number, help: string): ConfigKey<number> =>
  number(key, defaultValue, 1, 65_535, help);

function choice(
  key: string,
  words: readonly [string, string],
  defaultValue: boolean,
  help: string,
): ConfigKey<boolean> {
  return {
    ...{ key, help, defaultValue, form: words.join('|'), defaultText: words[defaultValue ? 0 : 1] },
    parse: (text) => {
      const at = words.indexOf(text.toLowerCase());
      return at < 0 ? `${words[0]} or ${words[1]} is needed` : { value: at === 0 };
    },
  };
}

function path(key: string, help: string): ConfigKey<string | undefined> {
  return {
    ...{ key, help, defaultValue: undefined, form: 'PATH', defaultText: '' },
    parse: (text) =>
      text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text) ? { value: text } : 'an absolute path is needed',
  };
}

const LISTEN_EVERYWHERE: readonly string[] = [];
const NO_NAMES: readonly string[] = [];
const HOST_NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*$/;

/** Every key of the Config file, in the order of the help. Port numbers are those that the manual of PUT names. */
export const CONFIG_KEYS = {
  ccPort: port(
    'CCPORT',
    9000,
    'Where portmgmt listens for negotiation; CCPORT+1 is the watch, the ports after it are leased.',
  ),
  ccPortCount: number(
    'CCPORTCOUNT',
    10,
    2,
    64,
    'How many ports from CCPORT on belong to portmgmt: 10 means 9000 to 9009.',
  ),
  servicePort: port('SERVICEPORT', 8992, 'Where the Job service and the File service listen for direct connections.'),
  chatPort: port('CHATPORT', 11_111, 'Where Job Chat listens.'),
  sslPort: port('SSLPORT', 8443, 'Where the web server listens (HTTPS only).'),
  webNames: {
    ...{ key: 'WEBNAMES', form: 'NAME[,NAME...]', defaultText: '', defaultValue: NO_NAMES },
    help: 'Further names and addresses that browsers call this system by, beside those of the machine and its certificate.',
    parse: (text: string) => {
      const names = text.split(',').map((name) => name.trim().toLowerCase());
      const wrong = names.find((name) => isIP(name) === 0 && !HOST_NAME.test(name));
      if (wrong !== undefined) return `"${wrong.slice(0, 60)}" is no host name and no IP address`;
      if (names.length > 32) return 'at most 32 names are taken';
      return { value: names };
    },
  } satisfies ConfigKey<readonly string[]>,
  listen: {
    ...{ key: 'LISTEN', form: 'ADDRESS[,ADDRESS...]', defaultText: '', defaultValue: LISTEN_EVERYWHERE },
    help: 'Addresses of this machine to listen on; without it all, IPv4 and IPv6.',
    parse: (text: string) => {
      const addresses = text.split(',').map((address) => address.trim());
      const wrong = addresses.find((address) => isIP(address.replace(/%.*$/, '')) === 0);
      if (wrong !== undefined) return `"${wrong.slice(0, 60)}" is not an IP address`;
      if (new Set(addresses).size < addresses.length) return 'an address stands there twice';
      if (addresses.length > 16) return 'at most 16 addresses are taken';
      return { value: addresses };
    },
  } satisfies ConfigKey<readonly string[]>,
  allowOverflow: choice(
    'ALLOWOVERFLOW',
    ['yes', 'no'],
    false,
    'yes: offer ports beyond the range when it is full, as PUT is known to; for comparison only.',
  ),
  leaseWatch: choice(
    'LEASEWATCH',
    ['on', 'off'],
    true,
    'off: a lost watch connection does not give its port back, as PUT is known to; for comparison only.',
  ),
  systemName: {
    ...{ key: 'SYSTEMNAME', form: 'NAME', defaultText: 'name of the machine', defaultValue: undefined },
    help: 'What the target system is called in the windows.',
    parse: (text: string) =>
      text.length <= 64 && !/\p{Cc}/u.test(text) ? { value: text } : 'a name of at most 64 signs is needed',
  } satisfies ConfigKey<string | undefined>,
  maxFileMib: number('MAXFILEMIB', 8192, 1, 1_048_576, 'Largest file that the package library accepts, in MiB.'),
  graceMinutes: number('GRACEMINUTES', 180, 1, 10_080, 'How long a session that lost its line is kept, in minutes.'),
  nodesAtOnce: number(
    'NODESATONCE',
    64,
    1,
    1024,
    'Nodes that a job works on at the same time, where it is not started with another number.',
  ),
  approval: choice(
    'APPROVAL',
    ['yes', 'no'],
    false,
    'yes: before its first step that cannot be taken back, a job waits until another person approved its plan.',
  ),
  keepJobs: number(
    'KEEPJOBS',
    500,
    10,
    100_000,
    'How many of the newest jobs the journal keeps; older ended ones are archived as files.',
  ),
  signaturesRequired: choice(
    'SIGNATURES',
    ['required', 'digests-only'],
    true,
    'digests-only: packages without a signature of a key that the node knows are installed as well. Plan and report say so.',
  ),
  tlsCert: path('TLSCERT', 'Certificate chain (PEM) to use in place of the one made at the first start; needs TLSKEY.'),
  tlsKey: path('TLSKEY', 'Private key (PEM) of TLSCERT.'),
  clientCa: path('CLIENTCA', 'Authority (PEM) that clients must have a certificate of.'),
  allowedCiphers: path('ALLOWEDCIPHERS', 'File with the TLS cipher suites that may be used, one a line.'),
} as const;

type Keys = typeof CONFIG_KEYS;
/** Values of the Config file, defaults filled in. */
export type ConfigValues = {
  readonly [K in keyof Keys]: Keys[K] extends ConfigKey<infer T> ? T : never;
};

/** The table of keys as text for `putservices --help`. */
export function configHelp(): string {
  const rows = Object.values(CONFIG_KEYS);
  const width = Math.max(...rows.map(({ key, form }) => key.length + form.length + 1));
  return rows
    .map(({ key, form, help, defaultText }) => {
      const left = `${key}=${form}`.padEnd(width);
      return `  ${left}  ${help}${defaultText === '' ? '' : ` Default: ${defaultText}.`}`;
    })
    .join('\n');
}
