/** How the engineer names the way by SSH; what is absent comes from the ssh configuration, then from OpenSSH's defaults. */
export interface SshTarget {
  /** Name as in the ssh configuration, or an address. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Hosts to go through, nearest first; each `[user@]host[:port]` or a name of the configuration. */
  readonly jump?: readonly string[] | undefined;
  /** Accepted host key, `SHA256:...`; absent: known_hosts decides. */
  readonly hostKey?: string | undefined;
}

/** An HTTP proxy that opens connections with CONNECT; its password is asked for, never kept in a file. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
}
