import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What tests need beyond npm: a command, the Debian package that brings it, and what is skipped without it. */
const TOOLS = [
  { command: 'chromium', debianPackage: 'chromium', without: 'tests of the windows' },
  { command: 'firefox-esr', debianPackage: 'firefox-esr', without: 'the browser console in Firefox' },
  { command: 'WebKitWebDriver', debianPackage: 'webkit2gtk-driver', without: 'the browser console in WebKitGTK' },
  { command: 'rpm', debianPackage: 'rpm', without: "comparisons with rpm's own answers" },
  { command: 'rpmbuild', debianPackage: 'rpm', without: 'rebuilding the sample packages' },
  { command: 'gpg', debianPackage: 'gpg', without: 'tests with signed packages' },
  { command: 'gpg-agent', debianPackage: 'gpg-agent', without: 'tests with signed packages' },
  { command: 'systemd-nspawn', debianPackage: 'systemd-container', without: 'tests with nodes that boot' },
  { command: 'debootstrap', debianPackage: 'debootstrap', without: 'tests with nodes that boot' },
  { command: 'sshd', debianPackage: 'openssh-server', without: 'tests over SSH' },
  { command: 'ip', debianPackage: 'iproute2', without: 'tests in network namespaces' },
  { command: 'socat', debianPackage: 'socat', without: 'tests over an emulated slow line' },
  { command: 'nft', debianPackage: 'nftables', without: 'tests through a firewall' },
  { command: 'Xvfb', debianPackage: 'xvfb', without: 'tests with a window on a display' },
  { command: 'jq', debianPackage: 'jq', without: 'running the commands of docs/json.md' },
  { command: 'zsh', debianPackage: 'zsh', without: 'the completion of putctl in zsh' },
  { command: 'tcsh', debianPackage: 'tcsh', without: 'a login shell that is csh on the nodes of the lab' },
  { command: 'fish', debianPackage: 'fish', without: 'the completion of putctl in fish' },
  { command: '7za', debianPackage: 'p7zip-full', without: "packing the desktop's archive" },
  { command: 'fc-list', debianPackage: 'fontconfig', without: 'nothing, but pictures look plain' },
];

const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** Whether a command is installed. */
export function hasCommand(command) {
  return PLACES.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missingTools = () => TOOLS.filter((tool) => !hasCommand(tool.command));

/** Installs what is missing where it may (root on Debian); answers one line per tool that stays missing. */
export function setUpMachine() {
  const missing = missingTools();
  if (missing.length === 0) return [];
  if (process.platform === 'linux' && process.getuid?.() === 0 && hasCommand('apt-get')) {
    const packages = [...new Set(missing.map((tool) => tool.debianPackage))];
    console.log(`Installing Debian packages for the tests: ${packages.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) =>
      spawnSync('apt-get', ['-q', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: 600_000 });
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...packages);
  }
  return missingTools().map(
    (tool) => `${tool.command} is missing (Debian package ${tool.debianPackage}); skipped: ${tool.without}`,
  );
}
