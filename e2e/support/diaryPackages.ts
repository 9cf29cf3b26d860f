import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** While this file is there, the agent's %post of a node does not end. */
export const HOLD = '/run/night-hold';

/** What the scriptlets of the packages write on a node, a line each time that one of them runs. */
export const DIARY = '/var/lib/night/diary';

/** Names of the packages: an agent that is upgraded, and what stands for a kernel: installed beside, in force after a reboot. */
export const DIARY_PACKAGES = ['night-agent', 'night-kernel'] as const;

const RELATIONS: Readonly<Record<(typeof DIARY_PACKAGES)[number], string>> = {
  'night-agent': 'Requires: /bin/sh',
  // What kernels of SLES say of themselves; the kernel that runs is that of this machine, so it names no release of its own.
  'night-kernel': 'Provides: installonlypkg(kernel)\nProvides: installhint(reboot-needed)',
};

const SCRIPTLETS = ['pre', 'post', 'preun', 'postun'] as const;

const spec = (name: (typeof DIARY_PACKAGES)[number], version: string): string => `Name: ${name}
Version: ${version}
Release: 1
Summary: Writes down what rpm does with it
License: Apache-2.0
BuildArch: noarch
${RELATIONS[name]}
%description
Its scriptlets write a line each into a file of the node.
%install
mkdir -p %{buildroot}/opt/%{name}-%{version}
echo %{version} >%{buildroot}/opt/%{name}-%{version}/version
${SCRIPTLETS.map(
  (scriptlet) => `%${scriptlet}
mkdir -p ${dirname(DIARY)}
echo "${scriptlet} %{name} %{version} $1" >>${DIARY}
${scriptlet === 'post' && name === 'night-agent' ? `while [ -e ${HOLD} ]; do sleep 0.1; done` : ''}`,
).join('\n')}
%files
/opt/%{name}-%{version}
`;

/** Builds both packages in a version; paths of the files in the order of DIARY_PACKAGES. */
export function buildDiaryPackages(folder: string, version: string): string[] {
  const place = join(folder, version);
  mkdirSync(place, { recursive: true });
  for (const name of DIARY_PACKAGES) {
    const file = join(place, `${name}.spec`);
    writeFileSync(file, spec(name, version));
    const defines = ['--define', `_topdir ${join(place, 'build')}`, '--define', `_rpmdir ${place}`];
    execFileSync('rpmbuild', ['-bb', '--quiet', ...defines, file], { stdio: 'pipe' });
  }
  const built = join(place, 'noarch');
  return readdirSync(built)
    .sort()
    .map((name) => join(built, name));
}

/** What the diary of a node has to be after an upgrade from one version to the next, each scriptlet once, by package. */
export function diaryOfUpgrade(from: string, to: string): Readonly<Record<string, readonly string[]>> {
  return {
    'night-agent': [
      `pre night-agent ${to} 2`,
      `post night-agent ${to} 2`,
      `preun night-agent ${from} 1`,
      `postun night-agent ${from} 1`,
    ],
    'night-kernel': [`pre night-kernel ${to} 2`, `post night-kernel ${to} 2`],
  };
}
