import type { InstalledPackage } from '../../../core/model/node.ts';
import type { PackageRelation, PackageRelations } from '../../../core/model/package.ts';
import { formatNevra, SENSE } from '../../../core/model/rpmVersion.ts';

/**
 * What the operating system of a practice node provides, as one package: what a small SLES 15 SP4 has installed, so that real packages
 * find what they require. Versions are those of that release; libraries are named as rpm's generators name them.
 */
export const PRACTICE_OS_PACKAGE: InstalledPackage = {
  ...{ name: 'practice-os', epoch: 0, version: '15.4', release: '1', arch: 'x86_64' },
};

/** Packages by name and version. */
const PACKAGES: Readonly<Record<string, string>> = {
  ...{
    aaa_base: '84.87',
    acl: '2.2.52',
    bash: '4.4',
    bc: '1.07.1',
    bzip2: '1.0.6',
    'ca-certificates': '2',
    chkconfig: '84.87',
  },
  ...{
    coreutils: '8.32',
    cpio: '2.12',
    cron: '4.2',
    cryptsetup: '2.4.3',
    curl: '7.66.0',
    dbus: '1.12.2',
    diffutils: '3.6',
  },
  ...{
    e2fsprogs: '1.46.4',
    ethtool: '5.14',
    file: '5.32',
    filesystem: '15.0',
    findutils: '4.8.0',
    gawk: '4.2.1',
    glibc: '2.31',
  },
  ...{
    'glibc-common': '2.31',
    'glibc-locale': '2.31',
    gpg2: '2.2.27',
    grep: '3.1',
    gzip: '1.10',
    hostname: '3.16',
    initscripts: '84.87',
  },
  ...{
    iproute2: '5.14',
    iproute: '5.14',
    iputils: '20211215',
    kmod: '29',
    krb5: '1.19.2',
    less: '530',
    logrotate: '3.18.1',
    lsof: '4.91',
  },
  ...{
    lvm2: '2.03.05',
    mdadm: '4.1',
    'net-tools': '2.0',
    nfs: '2.1.1',
    'nfs-client': '2.1.1',
    openssh: '8.4',
    openssl: '1.1.1l',
  },
  ...{
    pam: '1.3.0',
    parted: '3.2',
    patch: '2.7.6',
    perl: '5.26.1',
    'perl-base': '5.26.1',
    pigz: '2.3.3',
    procps: '3.3.15',
    psmisc: '23.0',
  },
  ...{
    python3: '3.6.15',
    'python3-base': '3.6.15',
    rpm: '4.14.3',
    rsync: '3.2.3',
    rsyslog: '8.2106.0',
    sed: '4.4',
    shadow: '4.8.1',
  },
  ...{
    'sles-release': '15.4',
    sudo: '1.9.9',
    sysstat: '12.0.2',
    systemd: '249.11',
    'systemd-sysvinit': '249.11',
    tar: '1.34',
  },
  ...{
    tcsh: '6.20.00',
    timezone: '2023c',
    udev: '249.11',
    unzip: '6.00',
    'util-linux': '2.37.2',
    which: '2.21',
    xfsprogs: '5.13.0',
  },
  ...{
    xz: '5.2.3',
    zip: '3.0',
    zlib: '1.2.11',
    libaio1: '0.3.109',
    libgcc_s1: '12.2.1',
    libgcc: '12.2.1',
    'libstdc++6': '12.2.1',
  },
  ...{
    'libstdc++': '12.2.1',
    libopenssl1_1: '1.1.1l',
    libxml2: '2.9.14',
    libcurl4: '7.66.0',
    ncurses: '6.1',
    readline: '7.0',
  },
};

const upTo = (prefix: string, last: number, first = 0): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `${prefix}${first + i}`);

/** 64-bit libraries, with the versions of their symbols. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'ld-linux-x86-64.so.2': ['GLIBC_2.2.5', 'GLIBC_2.3', 'GLIBC_2.4'],
  'libc.so.6': [
    'GLIBC_2.2.5',
    'GLIBC_2.2.6',
    'GLIBC_2.3',
    'GLIBC_2.3.2',
    'GLIBC_2.3.3',
    'GLIBC_2.3.4',
    ...upTo('GLIBC_2.', 31, 4),
  ],
  'libm.so.6': ['GLIBC_2.2.5', 'GLIBC_2.15', 'GLIBC_2.18', 'GLIBC_2.23', 'GLIBC_2.27', 'GLIBC_2.29'],
  'libpthread.so.0': [
    'GLIBC_2.2.5',
    'GLIBC_2.3.2',
    'GLIBC_2.3.3',
    'GLIBC_2.3.4',
    'GLIBC_2.12',
    'GLIBC_2.18',
    'GLIBC_2.30',
  ],
  'libdl.so.2': ['GLIBC_2.2.5', 'GLIBC_2.3.3', 'GLIBC_2.3.4'],
  'librt.so.1': ['GLIBC_2.2.5', 'GLIBC_2.3.3', 'GLIBC_2.3.4'],
  'libgcc_s.so.1': ['GCC_3.0', 'GCC_3.3', 'GCC_3.3.1', 'GCC_3.4', 'GCC_4.2.0', 'GCC_4.3.0', 'GCC_4.7.0', 'GCC_7.0.0'],
  'libstdc++.so.6': [
    'GLIBCXX_3.4',
    ...upTo('GLIBCXX_3.4.', 30, 1),
    'CXXABI_1.3',
    ...upTo('CXXABI_1.3.', 13, 1),
    'CXXABI_TM_1',
  ],
  'libssl.so.1.1': ['OPENSSL_1_1_0', 'OPENSSL_1_1_1'],
  'libcrypto.so.1.1': ['OPENSSL_1_1_0', 'OPENSSL_1_1_0d', 'OPENSSL_1_1_0i', 'OPENSSL_1_1_1', 'OPENSSL_1_1_1b'],
  'libz.so.1': ['ZLIB_1.2.0', 'ZLIB_1.2.2', 'ZLIB_1.2.3.4', 'ZLIB_1.2.5.1', 'ZLIB_1.2.9'],
  'libxml2.so.2': ['LIBXML2_2.4.30', 'LIBXML2_2.5.2', 'LIBXML2_2.6.0', 'LIBXML2_2.9.0'],
  'libsystemd.so.0': upTo('LIBSYSTEMD_', 249, 209),
  'libpam.so.0': ['LIBPAM_1.0', 'LIBPAM_EXTENSION_1.0', 'LIBPAM_EXTENSION_1.1'],
  'libuuid.so.1': ['UUID_1.0', 'UUID_2.20', 'UUID_2.31'],
  'libblkid.so.1': ['BLKID_1.0', 'BLKID_2.15', 'BLKID_2.17', 'BLKID_2.18'],
  'libaio.so.1': ['LIBAIO_0.1', 'LIBAIO_0.4'],
  'liblzma.so.5': ['XZ_5.0', 'XZ_5.2'],
  'libtirpc.so.3': ['TIRPC_0.3.0'],
  ...Object.fromEntries(
    [
      ...[
        'libacl.so.1',
        'libattr.so.1',
        'libbz2.so.1',
        'libcap.so.2',
        'libcrypt.so.1',
        'libcurl.so.4',
        'libdbus-1.so.3',
      ],
      ...[
        'libncurses.so.6',
        'libncursesw.so.6',
        'libtinfo.so.6',
        'libpopt.so.0',
        'libpython3.6m.so.1.0',
        'libreadline.so.7',
      ],
      ...[
        'libresolv.so.2',
        'libselinux.so.1',
        'libudev.so.1',
        'libutil.so.1',
        'libnsl.so.1',
        'libmagic.so.1',
        'libzstd.so.1',
      ],
      ...['libgssapi_krb5.so.2', 'libkrb5.so.3', 'libk5crypto.so.3', 'libcom_err.so.2', 'libexpat.so.1', 'libffi.so.7'],
      ...[
        'libgmp.so.10',
        'libnuma.so.1',
        'libpcre.so.1',
        'libsqlite3.so.0',
        'libperl.so',
        'libkmod.so.2',
        'libmount.so.1',
      ],
    ].map((name) => [name, []]),
  ),
};

/** Interpreters and tools that packages require by their path. */
const PATHS: readonly string[] = [
  ...[
    '/bin/sh',
    '/bin/bash',
    '/bin/csh',
    '/bin/awk',
    '/bin/sed',
    '/bin/grep',
    '/bin/rm',
    '/bin/cp',
    '/bin/mv',
    '/bin/ln',
    '/bin/cat',
  ],
  ...[
    '/bin/mkdir',
    '/bin/chmod',
    '/bin/chown',
    '/bin/systemctl',
    '/sbin/ldconfig',
    '/sbin/chkconfig',
    '/sbin/service',
    '/sbin/modprobe',
  ],
  ...[
    '/usr/bin/bash',
    '/usr/bin/env',
    '/usr/bin/perl',
    '/usr/bin/python3',
    '/usr/bin/sh',
    '/usr/bin/systemctl',
    '/usr/sbin/useradd',
  ],
  ...[
    '/usr/sbin/groupadd',
    '/usr/sbin/userdel',
    '/usr/sbin/groupdel',
    '/usr/sbin/usermod',
    '/usr/bin/getent',
    '/usr/bin/pkg-config',
  ],
];

const PERL_MODULES: readonly string[] = [
  ...[
    'strict',
    'warnings',
    'vars',
    'lib',
    'base',
    'constant',
    'Carp',
    'Cwd',
    'Data::Dumper',
    'Errno',
    'Exporter',
    'Fcntl',
  ],
  ...[
    'File::Basename',
    'File::Copy',
    'File::Find',
    'File::Path',
    'File::Spec',
    'File::Temp',
    'Getopt::Long',
    'Getopt::Std',
  ],
  ...[
    'IO::File',
    'IO::Handle',
    'IO::Socket',
    'POSIX',
    'Socket',
    'Storable',
    'Sys::Hostname',
    'Time::HiRes',
    'Time::Local',
  ],
];

const any = (name: string): PackageRelation => ({ name, sense: '', version: '', flags: 0 });
const at = (name: string, version: string): PackageRelation => ({ name, sense: '=', version, flags: SENSE.equal });

/** What the package of the operating system says in its header. */
export const PRACTICE_OS_RELATIONS: PackageRelations = {
  requires: [],
  provides: [
    at('practice-os', '15.4-1'),
    ...Object.entries(PACKAGES).flatMap(([name, version]) => [at(name, version), at(`${name}(x86-64)`, version)]),
    ...Object.entries(LIBRARIES).flatMap(([name, symbols]) =>
      ['', ...symbols].map((symbol) => any(`${name}(${symbol})(64bit)`)),
    ),
    any('rtld(GNU_HASH)'),
    ...PATHS.map(any),
    ...PERL_MODULES.map((name) => any(`perl(${name})`)),
    any('perl(:MODULE_COMPAT_5.26.1)'),
    at('python(abi)', '3.6'),
    ...['root', 'bin', 'daemon', 'nobody'].flatMap((name) => [any(`user(${name})`), any(`group(${name})`)]),
  ],
  conflicts: [],
  obsoletes: [],
  color: 2,
};

const osPackage = (name: string, version: string, release: string, arch = 'x86_64'): InstalledPackage => ({
  ...{ name, epoch: 0, version, release, arch },
});

/** Packages of the operating system that fresh practice nodes have, kernels beside each other among them; the rest is what `practice-os` stands for. */
export const PRACTICE_OS_SEEDS: readonly InstalledPackage[] = [
  osPackage('kernel-default', '5.14.21', '150400.24.97.1'),
  osPackage('kernel-default', '5.14.21', '150400.24.100.2'),
  osPackage('SLES-release', '15.4', '150400.58.7.3'),
  osPackage('bash', '4.4', '150400.25.22'),
  osPackage('coreutils', '8.32', '150400.7.5'),
  osPackage('glibc', '2.31', '150300.63.1'),
  osPackage('openssl-1_1', '1.1.1l', '150400.7.60.2'),
  osPackage('openssh', '8.4p1', '150300.3.30.1'),
  osPackage('perl-base', '5.26.1', '150300.17.14.1'),
  osPackage('python3-base', '3.6.15', '150300.10.51.1'),
  osPackage('rpm-ndb', '4.14.3', '150400.59.13.1'),
  osPackage('systemd', '249.17', '150400.8.40.1'),
  osPackage('timezone', '2024a', '150000.75.28.1', 'noarch'),
];

/** What is known of the headers of the operating system's packages: they require nothing that a practice node could lack. */
export const PRACTICE_OS_HEADERS: ReadonlyMap<string, PackageRelations> = new Map<string, PackageRelations>([
  [formatNevra(PRACTICE_OS_PACKAGE), PRACTICE_OS_RELATIONS],
  ...PRACTICE_OS_SEEDS.map(
    (one) => [formatNevra(one), { requires: [], provides: [], conflicts: [], obsoletes: [] }] as const,
  ),
]);

const withOs = new WeakMap<readonly InstalledPackage[], readonly InstalledPackage[]>();

/** The list with the package of the operating system, as an rpm database shows it; the same list for the same list. */
export function withPracticeOs(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const known = withOs.get(packages);
  if (known) return known;
  const whole = [...packages, PRACTICE_OS_PACKAGE];
  withOs.set(packages, whole);
  return whole;
}
