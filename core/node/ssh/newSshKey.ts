import ssh2 from 'ssh2';

/** A new Ed25519 key pair in OpenSSH's form. */
export interface NewSshKey {
  readonly private: string;
  /** As in authorized_keys, with the comment. */
  readonly public: string;
}

/**
 * Makes an Ed25519 key. The library leaves out zeros at the beginning of the public half (ssh2 1.17.0), so that one in 256 of its keys can be read by nobody: such a one is
 * thrown away.
 */
export function newSshKey(comment = ''): NewSshKey {
  for (;;) {
    const made = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if (!(ssh2.utils.parseKey(made.private) instanceof Error)) return made;
  }
}
