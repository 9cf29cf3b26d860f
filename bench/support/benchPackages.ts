import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the packages; `put-bench-b` requires the first in its own version. */
export const BENCH_PACKAGES = ['put-bench-a', 'put-bench-b'] as const;
/** Bytes of a package: nothing of it can be compressed away. */
const PAYLOAD_BYTES = 2 * 1024 * 1024;

const spec = (name: string, version: number, payload: string): string => `
Name: ${name}
Version: ${version}
Release: 1
Summary: What an upgrade is measured with
License: Apache-2.0
BuildArch: noarch
${name === BENCH_PACKAGES[1] ? `Requires: ${BENCH_PACKAGES[0]} = ${version}` : ''}
%description
What an upgrade is measured with.
%install
mkdir -p %{buildroot}/opt/${name}/bin
cp ${payload} %{buildroot}/opt/${name}/payload
for i in 1 2 3 4 5 6 7 8; do printf '#!/bin/sh\necho %{version}\n' > %{buildroot}/opt/${name}/bin/tool-$i; done
%pre
mkdir -p /var/lib/${name} && date > /var/lib/${name}/begun
%post
echo %{version} > /var/lib/${name}/version
%preun
test -d /var/lib/${name}
%files
/opt/${name}
`;

/** Builds both packages in a version, with scriptlets; paths of the files in the order of BENCH_PACKAGES. */
export function buildBenchPackages(folder: string, version: number): string[] {
  const place = join(folder, `packages-${version}`);
  mkdirSync(place, { recursive: true });
  for (const name of BENCH_PACKAGES) {
    const payload = join(place, `${name}.payload`);
    writeFileSync(payload, randomBytes(PAYLOAD_BYTES));
    const file = join(place, `${name}.spec`);
    writeFileSync(file, spec(name, version, payload));
    const defines = { _topdir: join(place, 'build'), _rpmdir: join(place, 'rpms'), _binary_payload: 'w1.gzdio' };
    const words = Object.entries(defines).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
    execFileSync('rpmbuild', ['-bb', ...words, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  const rpms = join(place, 'rpms', 'noarch');
  return readdirSync(rpms)
    .sort()
    .map((name) => join(rpms, name));
}
