import type { WayQuestion } from '../../core/model/ways.ts';
import { separated } from './plural.ts';

interface DraftPorts {
  readonly ccPort: string;
  readonly sslPort: string;
  readonly servicePort: string;
  readonly chatPort: string;
  readonly sshPort: string;
  /** Where SSH goes first. */
  readonly sshFirst: string;
  readonly proxy: string | undefined;
}

const next = (port: string, by: number): string => (/^\d+$/.test(port) ? String(Number(port) + by) : `CCPORT+${by}`);

/** Words of the ways to a target: the form of a system, and what a way asks a person for. */
export const wayTexts = {
  title: 'Ways, tried in this order',
  hint: 'The first that works is used. Beside each: what the firewall must let through. Alt and an arrow key move a way.',
  /** What the firewall must let through for each way, with the ports of the form. */
  firewall: {
    'single-port': ({ ccPort }: DraftPorts) => `TCP ${ccPort}, nothing else.`,
    'hand-off': ({ ccPort }: DraftPorts) =>
      `TCP ${ccPort} and ${next(ccPort, 1)}, and the GUI ports from ${next(ccPort, 2)} on.`,
    websocket: ({ sslPort, proxy }: DraftPorts) =>
      proxy === undefined
        ? `TCP ${sslPort} as HTTPS.`
        : `Only the proxy ${proxy}, which must allow CONNECT to port ${sslPort}.`,
    ssh: ({ sshPort, sshFirst }: DraftPorts) => `TCP ${sshPort} of ${sshFirst}, nothing else.`,
    direct: ({ ccPort, servicePort, chatPort }: DraftPorts) =>
      `As Hand-off from TCP ${ccPort}, and TCP ${servicePort} and ${chatPort} for files and Job Chat.`,
  },
  master: 'the master node',
  earlier: (way: string) => `Try ${way} earlier`,
  later: (way: string) => `Try ${way} later`,
  place: (way: string, place: number, count: number) => `${way} is way ${place} of ${separated(count)}.`,
  portsTitle: 'Ports of the master node',
  portsHint: 'As its Config file has them; these are the defaults.',
  ssh: {
    title: 'SSH',
    jumpKey: (place: string) => `The accepted key of ${place} counts`,
    fields: {
      host: 'SSH host',
      port: 'Port',
      user: 'User',
      keyFile: 'Key file',
      jump: 'Jump hosts',
      hostKey: 'Accepted host key',
    },
    hints: {
      host: 'Or a name of ~/.ssh/config. Empty: the master node.',
      port: '',
      user: '',
      keyFile: 'Empty: agent, standard keys.',
      jump: 'Nearest first: user@host:port',
      hostKey: 'Empty: known_hosts decides.',
    },
  },
  proxy: {
    use: 'Through an HTTP proxy',
    fields: { host: 'Proxy host', port: 'Port', user: 'User' },
    hints: { host: '', port: '', user: 'Empty: without sign-in.' },
  },
  trust: {
    use: 'The site has its own certificate authority',
    hint: 'Without it, the fingerprint that you accept at first contact counts.',
    fields: { authorityFile: 'Authority', certificateFile: 'Client certificate', keyFile: 'Key of it' },
    hints: {
      authorityFile: 'PEM file; no fingerprint is asked then.',
      certificateFile: 'Where the master node demands one.',
      keyFile: 'Empty: in the same file.',
    },
  },
  problems: {
    name: 'Give the system a name.',
    host: 'Give the host name or address of the master node.',
    hostForm: {
      form: 'Not a host name or address.',
      port: 'The name or address alone: ports have fields of their own.',
    },
    port: 'A number from 1 to 65535.',
    ways: 'Choose at least one way.',
    user: 'A name without spaces and colons.',
    path: 'A whole path, from / or ~/ or a drive.',
    hostKey: 'SHA256: and 43 signs, as ssh-keygen -lf prints it.',
    jump: (jump: string) => `“${jump}” is not user@host:port.`,
    jumps: (most: number) => `At most ${most} jump hosts.`,
    proxyHost: 'Give the host of the proxy.',
    certificate: 'A key needs its certificate.',
    trust: 'Name an authority or a client certificate.',
  },
  count: (count: number) => (count === 1 ? '1 field needs a look' : `${separated(count)} fields need a look`),
};

/** Words of the dialog that asks for a secret of a way. */
export const secretTexts = {
  titles: {
    'ssh-key-passphrase': 'Passphrase of an SSH key',
    'ssh-password': 'SSH password',
    'ssh-prompt': 'The SSH host asks',
    'proxy-password': 'Password of the proxy',
    'client-key-passphrase': 'Passphrase of the client key',
    'ssh-host-key': 'First contact with an SSH host',
  } satisfies Record<WayQuestion['kind'], string>,
  labels: {
    'ssh-key-passphrase': 'Passphrase',
    'ssh-password': 'Password',
    'ssh-prompt': 'Answer',
    'proxy-password': 'Password',
    'client-key-passphrase': 'Passphrase',
    'ssh-host-key': '',
  } satisfies Record<WayQuestion['kind'], string>,
  text: (question: WayQuestion, system: string): string => {
    switch (question.kind) {
      case 'ssh-key-passphrase':
        return `The way by SSH to ${system} needs a key that is encrypted.`;
      case 'ssh-password':
        return `The way by SSH to ${system}: the host takes no key and asks for a password.`;
      case 'ssh-prompt':
        return `The way by SSH to ${system} asks this in its own words. The answer is sent once and not kept; a later connection asks anew.`;
      case 'proxy-password':
        return `The way by WebSocket to ${system}: the proxy wants a password.`;
      case 'client-key-passphrase':
        return `${system} wants a client certificate, and its key is encrypted.`;
      case 'ssh-host-key':
        return `The way by SSH to ${system} meets a host key that known_hosts does not have. Compare it with what ssh-keygen -lf prints on that host, or ask the site to read it to you. Nothing secret was sent.`;
    }
  },
  whereLabels: {
    'ssh-key-passphrase': 'Key',
    'ssh-password': 'Account',
    'ssh-prompt': 'Account',
    'proxy-password': 'Account',
    'client-key-passphrase': 'Key',
    'ssh-host-key': 'Host',
  } satisfies Record<WayQuestion['kind'], string>,
  where: (question: WayQuestion): string => {
    switch (question.kind) {
      case 'ssh-key-passphrase':
      case 'client-key-passphrase':
        return question.keyFile;
      case 'ssh-password':
      case 'ssh-prompt':
        return `${question.user}@${question.host}`;
      case 'proxy-password':
        return `${question.user}@${question.host}:${question.port}`;
      case 'ssh-host-key':
        return `${question.host}:${question.port}`;
    }
  },
  fingerprint: 'Host key',
  prompt: 'It says',
  wrong: 'That was wrong. This is the last try; then the way is left out.',
  remember: 'Keep it in the keyring of this machine',
  forgotten: 'It is kept until PUT Desktop ends.',
  withdrawn: (minutes: number) =>
    minutes > 1
      ? `Without an answer the way is left out in ${minutes} min.`
      : 'Without an answer the way is left out soon.',
  refuse: 'Leave this way out',
  give: 'Go on',
  accept: 'It is the same: accept',
};
