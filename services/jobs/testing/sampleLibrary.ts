import type { LibraryCertList, LibraryPackage, LibraryView } from '../../../core/model/package.ts';
import type { JobLibrary } from '../ports.ts';

/** A package of the library for tests; requirements and the rest can be given. */
export function samplePackage(name: string, version: string, extra: Partial<LibraryPackage> = {}): LibraryPackage {
  const fileName = `${name}-${version}-1.noarch.rpm`;
  return {
    name,
    epoch: 0,
    version,
    release: '1',
    arch: 'noarch',
    fileName,
    sha256: 'a'.repeat(64),
    fileBytes: 1000,
    installedBytes: 4000,
    os: 'linux',
    summary: `${name} for tests`,
    requires: [],
    provides: [{ name, sense: '=', version: `${version}-1`, flags: 8 }],
    conflicts: [],
    obsoletes: [],
    scriptlets: [],
    signed: false,
    uploadedBy: 'ada',
    uploadedAtMs: 0,
    ...extra,
  };
}

/** A library in memory that tests change. */
export class SampleLibrary implements JobLibrary {
  #view: LibraryView;
  readonly #listeners = new Set<() => void>();

  constructor(packages: readonly LibraryPackage[], certLists: readonly LibraryCertList[] = []) {
    this.#view = {
      packages: Object.fromEntries(packages.map((one) => [one.fileName, one])),
      certLists: Object.fromEntries(certLists.map((one) => [one.fileName, one])),
      freeBytes: 1e9,
    };
  }

  view(): LibraryView {
    return this.#view;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(change: (view: LibraryView) => LibraryView): void {
    this.#view = change(this.#view);
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Release 2.0 of three packages, one of them mandatory, with its cert list. */
export function sampleLibrary(): SampleLibrary {
  const names = ['base', 'gateway', 'tools'];
  return new SampleLibrary(
    names.map((name) => samplePackage(name, '2.0')),
    [
      {
        fileName: 'release-2.0.certlist',
        release: '2.0',
        title: 'Release 2.0',
        entries: names.map((name, i) => ({
          name,
          version: '2.0-1',
          arch: 'noarch',
          mandatory: i === 0,
          nodeTypes: [],
        })),
        missing: [],
      },
    ],
  );
}
