import { inventoryNode, type NodeLine } from '../inventory.ts';
import { linesOf, readHostWord, whyNoName, withoutComment } from './lines.ts';
import { InventoryCollector, type InventoryReading } from './reading.ts';

const IP = /^(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\S+)?)$/;
/** Addresses that lead to the machine itself or to many at once; every hosts file has some. */
const NO_NODE = /^(127\.|0\.0\.0\.0$|255\.255\.255\.255$|::1?$|f[ef]0[0-9a-f]::|f[ef]00:)/i;

/**
 * Reads a hosts file (`/etc/hosts`): an address, its names, `#` comments; the node is named by the first name without a dot, else by the
 * first. A line without an address is a host by itself: `[user@]host[:port]`, so that a plain list of hosts is read too.
 */
export function readHostsFile(text: string, file: string): InventoryReading {
  const found = new InventoryCollector(file);
  for (const { number, line } of linesOf(text, found)) {
    const [first = '', ...names] = withoutComment(line).split(/\s+/);
    if (first === '') continue;
    const read = IP.test(first) && names.length > 0 ? ofAddress(first, names) : ofHost(first, names);
    if ('problem' in read) found.fault(number, read.problem);
    else if ('left' in read) found.note(number, read.left);
    else found.node(inventoryNode(read), number);
  }
  return found.finish();
}

type Read = NodeLine | { problem: string } | { left: string };

function ofAddress(address: string, names: readonly string[]): Read {
  if (NO_NODE.test(address)) return { left: `${address} is no address of another machine; left out` };
  if (/^\d/.test(address) && !address.includes(':') && address.split('.').some((part) => Number(part) > 255)) {
    return { problem: `${address} is no IPv4 address: each part is at most 255` };
  }
  const name = names.find((one) => !one.includes('.')) ?? names[0] ?? '';
  const why = whyNoName(name);
  return why === undefined ? { name, address } : { problem: `"${name}" cannot name a node: ${why}` };
}

function ofHost(word: string, rest: readonly string[]): Read {
  const host = readHostWord(word);
  if (!host) return { problem: `"${word.slice(0, 80)}" is neither an IP address nor a host` };
  if (rest.length > 0) {
    return { problem: `"${word}" is no IP address; a line has an address and its names, or one host by itself` };
  }
  const name = host.host.replace(/[:%]/g, '-').replace(/^-+|-+$/g, '');
  const why = whyNoName(name);
  if (why !== undefined) return { problem: `"${host.host}" cannot name a node: ${why}` };
  return { name, address: host.host, port: host.port, user: host.user };
}
