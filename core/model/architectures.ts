/**
 * Which architectures a machine's architecture takes besides its own, the next better first: the `arch_compat` lines of rpm 4.18's rpmrc
 * without noarch, which every machine takes. One that is not here takes its own and noarch.
 */
const NEXT: Readonly<Record<string, string>> = {
  alphaev67: 'alphaev6',
  alphaev6: 'alphapca56',
  alphapca56: 'alphaev56',
  alphaev56: 'alphaev5',
  alphaev5: 'alpha',
  alpha: 'axp',
  athlon: 'i686',
  geode: 'i586',
  pentium4: 'pentium3',
  pentium3: 'i686',
  i686: 'i586',
  i586: 'i486',
  i486: 'i386',
  i386: 'fat',
  osfmach3_i686: 'i686 osfmach3_i586',
  osfmach3_i586: 'i586 osfmach3_i486',
  osfmach3_i486: 'i486 osfmach3_i386',
  osfmach3_i386: 'i486',
  osfmach3_ppc: 'ppc',
  powerpc: 'ppc',
  powerppc: 'ppc',
  ppc8260: 'ppc',
  ppc8560: 'ppc',
  ppc32dy4: 'ppc',
  ppciseries: 'ppc',
  ppcpseries: 'ppc',
  ppc64: 'ppc',
  ppc: 'rs6000',
  rs6000: 'fat',
  ppc64pseries: 'ppc64',
  ppc64iseries: 'ppc64',
  ppc64p7: 'ppc64',
  ppc64le: 'fat',
  sun4c: 'sparc',
  sun4d: 'sparc',
  sun4m: 'sparc',
  sun4u: 'sparc64',
  sparc64v: 'sparc64',
  sparc64: 'sparcv9',
  sparcv9v: 'sparcv9',
  sparcv9: 'sparcv8',
  sparcv8: 'sparc',
  mips64: 'mips',
  mips64el: 'mipsel',
  mips64r6: 'mipsr6',
  mips64r6el: 'mipsr6el',
  'hppa2.0': 'hppa1.2',
  'hppa1.2': 'hppa1.1',
  'hppa1.1': 'hppa1.0',
  'hppa1.0': 'parisc',
  armv8l: 'armv7l',
  armv7l: 'armv6l',
  armv6l: 'armv5tejl',
  armv5tejl: 'armv5tel',
  armv5tel: 'armv5tl',
  armv5tl: 'armv4tl',
  armv4tl: 'armv4l',
  armv4l: 'armv3l',
  armv8hl: 'armv7hl',
  armv7hnl: 'armv7hl',
  armv7hl: 'armv6hl',
  atarist: 'm68kmint',
  atariste: 'm68kmint',
  ataritt: 'm68kmint',
  falcon: 'm68kmint',
  atariclone: 'm68kmint',
  milan: 'm68kmint',
  hades: 'm68kmint',
  s390x: 's390',
  x86_64: 'amd64 em64t athlon',
  amd64: 'x86_64 em64t athlon',
  ia32e: 'x86_64 em64t athlon',
  sh4a: 'sh4',
};

const taken = new Map<string, readonly string[]>();

/** Architectures that a machine of an architecture takes besides its own and noarch, best first. */
export function alsoTakenBy(nodeArch: string): readonly string[] {
  const known = taken.get(nodeArch);
  if (known) return known;
  const found = new Set<string>();
  // Level by level, as rpm does: what the machine's own line says stands before what the lines of those say.
  for (let level = [nodeArch]; level.length > 0;) {
    const next = level.flatMap((arch) => (Object.hasOwn(NEXT, arch) ? (NEXT[arch] ?? '').split(' ') : []));
    level = next.filter((arch) => arch !== nodeArch && !found.has(arch));
    for (const arch of level) found.add(arch);
  }
  const list = [...found];
  if (Object.hasOwn(NEXT, nodeArch)) taken.set(nodeArch, list);
  return list;
}

/** How well a package's architecture suits a machine: 0 its own, then worse; undefined: it cannot be installed there. */
export function archFit(packageArch: string, nodeArch: string): number | undefined {
  if (packageArch === nodeArch) return 0;
  if (packageArch === 'noarch') return 1;
  const place = alsoTakenBy(nodeArch).indexOf(packageArch);
  return place < 0 ? undefined : 2 + place;
}
