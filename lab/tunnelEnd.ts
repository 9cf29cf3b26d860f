import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';

/*
 * One end of a slow line, run inside a network namespace by `ip netns exec`: socat holds the TUN device and passes its
 * packets as datagrams over the namespace's loopback; they travel to the emulator over the IPC channel, and back.
 * Arguments: device name, address with prefix length.
 */

const [device = '', address = ''] = process.argv.slice(2);
/** Port of socat; the namespace is ours alone, so any will do. */
const SOCAT_PORT = 7001;
const socket = createSocket('udp4');
socket.bind(0, '127.0.0.1', () => {
  const { port } = socket.address();
  const tunnel = spawn(
    'socat',
    [
      '-b',
      '65536',
      `TUN:${address},tun-name=${device},iff-no-pi,iff-up`,
      `UDP4:127.0.0.1:${port},bind=127.0.0.1:${SOCAT_PORT}`,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  tunnel.on('exit', (code) => process.exit(code ?? 1));
  socket.on('message', (packet) => process.send?.(packet.toString('base64')));
  process.on('message', (packet: string) => socket.send(Buffer.from(packet, 'base64'), SOCAT_PORT, '127.0.0.1'));
  process.on('disconnect', () => tunnel.kill());
  process.on('SIGTERM', () => tunnel.kill());
  process.send?.('ready');
});
