import { spawnSync } from 'node:child_process';
import { PutError } from '../core/protocol/errors.ts';

/** Which TCP ports a firewall in front of a namespace lets through; what is not named is dropped without a word. */
export interface FirewallRules {
  /** Ports that are let through; 'all': every one but those named below. */
  readonly open: readonly number[] | 'all';
  /** Ports that are answered with a reset, as where nothing listens. */
  readonly refused?: readonly number[];
  /** Ports that are dropped although `open` is 'all'. */
  readonly filtered?: readonly number[];
  /** Packets of more bytes that come in, or go out, are dropped without a word: a smaller path MTU, and ICMP dropped. */
  readonly largestIn?: number;
  readonly largestOut?: number;
}

function runNft(namespace: string, script: string): void {
  const done = spawnSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: script, encoding: 'utf8' });
  if (done.status !== 0) throw new PutError('internal', `nft: ${done.error?.message ?? done.stderr.trim()}`);
}

/** Why no firewall can be set up here; undefined where it can. Needs network namespaces. */
export function whyNoFirewall(): string | undefined {
  return spawnSync('nft', ['--version']).error ? 'nft is not installed' : undefined;
}

const portList = (ports: readonly number[]): string => `{ ${ports.join(', ')} }`;

/**
 * Puts a firewall in front of a namespace, in place of the one before. Open connections are cut off too where their port is
 * not let through: packets are judged one by one.
 */
export function setFirewall(namespace: string, rules: FirewallRules): void {
  const { open, refused = [], filtered = [], largestIn, largestOut } = rules;
  const lines = [
    'iif "lo" accept',
    ...(largestIn === undefined ? [] : [`meta length > ${largestIn} drop`]),
    ...(refused.length > 0 ? [`tcp dport ${portList(refused)} reject with tcp reset`] : []),
    ...(filtered.length > 0 ? [`tcp dport ${portList(filtered)} drop`] : []),
    ...(open === 'all' ? ['accept'] : open.length > 0 ? [`tcp dport ${portList(open)} accept`] : []),
  ];
  runNft(
    namespace,
    [
      'flush ruleset',
      'table inet lab {',
      'chain in {',
      'type filter hook input priority 0; policy drop;',
      ...lines,
      '}',
      ...(largestOut === undefined
        ? []
        : ['chain out {', 'type filter hook output priority 0;', `oif != "lo" meta length > ${largestOut} drop`, '}']),
      '}',
      '',
    ].join('\n'),
  );
}

/** Takes the firewall away. */
export function clearFirewall(namespace: string): void {
  runNft(namespace, 'flush ruleset\n');
}
