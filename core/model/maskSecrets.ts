const MASK = '***';

/** Names whose values are never written down. `token` alone too: a lease's or session's token lets its bearer in. */
const NAMED =
  /\b((?:\w*(?:password|passphrase|secret|token))|authorization)(["']?\s*[:=]\s*)("[^"\n]*"?|'[^'\n]*'?|(?:Basic|Bearer)\s+\S+|[^\s,;}"']+)/giu;
const IN_ADDRESS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/giu;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu;

/**
 * The text without what lets its reader in somewhere: values of names such as password and token, user and password in addresses, private keys. A
 * second fence behind the rule that no secret is told to a log at all; it cannot know a secret that stands bare in a sentence.
 */
export function maskSecrets(text: string): string {
  return text
    .replace(PRIVATE_KEY, `-----PRIVATE KEY ${MASK}-----`)
    .replace(IN_ADDRESS, `$1${MASK}@`)
    .replace(NAMED, (_whole, name: string, between: string) => `${name}${between}${MASK}`);
}
