/**
 * Limits and waiting times of PUT Open Protocol, in one place with the reason beside each.
 * Both ends use the same figures; docs/protocol.md quotes them and a test compares.
 */
export const LIMITS = {
  /** Frames before the handshake is over: a greeting and a password fit easily; a flood of bytes does not. */
  handshakeBodyBytes: 16 * 1024,
  /** Padding of a greeting that asks which packets pass, and of its answer: two packets of full size on Ethernet. */
  probeBytes: 4 * 1024,
  /** One numbered message (a job snapshot of 10,000 nodes compressed or in parts stays below). */
  messageBodyBytes: 4 * 1024 * 1024,
  /** One frame of file bytes; small, so that job and chat frames pass between on a slow line. */
  fileBodyBytes: 64 * 1024,
  /** Control frames (acknowledgement, keep-alive, close). */
  controlBodyBytes: 1024,
  /** Chunks kept by a reader while a frame is incomplete. */
  chunksHeld: 16 * 1024,
  /** Nesting of a CBOR body. */
  bodyDepth: 32,
  /** Items (values, keys, arrays, maps) of a CBOR body: a message full of the smallest ones would cost seconds and 300 MB to unpack. */
  bodyItems: 1_000_000,
  /** The same of what a client sends: requests name at most each node of a system. */
  requestItems: 262_144,
  /** Maps and arrays among them; an empty one takes one byte on the wire and 60 or more in memory. */
  requestContainers: 32_768,
  /** One message of a WebSocket. Its borders mean nothing, so an end cuts what is larger; a stranger fills no more than this. */
  webSocketMessageBytes: 16 * 1024,
  /** Unpacked bytes of the requests that one session may have open at once. */
  openRequestBytes: 8 * 1024 * 1024,
  /** The same of all sessions of a master. */
  openRequestBytesInAll: 64 * 1024 * 1024,
  /** Numbered bytes sent and not yet acknowledged; beyond it `send` is refused with a code that says later. */
  unacknowledgedBytes: 16 * 1024 * 1024,
  /** Bytes of messages received after which an end acknowledges at once: the least that a sender of news has on its way. */
  acknowledgeBytes: 8 * 1024,
  /** Requests that one session may have open at once. */
  openRequests: 256,
  /** Topics that one session may watch at once. */
  watchedTopics: 64,
  /** File transfers that one session may have open at once. */
  openTransfers: 16,
} as const;

/** Waiting times in milliseconds. */
export const TIMES = {
  /** From accepting a connection to the end of its handshake, the password check included. */
  handshakeMs: 10_000,
  /** A dial (TCP and TLS) before it counts as failed: three round trips on a 9,600 bit/s line with loss. */
  dialMs: 20_000,
  /** Silence of our own after which a keep-alive is sent. */
  keepAliveMs: 5_000,
  /** The round trip is measured at least this often, also while an upload keeps this end from falling silent. */
  measureMs: 15_000,
  /** Silence of the peer, with something unacknowledged, after which the connection counts as dead. */
  deadPeerMs: 20_000,
  /** A received number is acknowledged at the latest after this: short, since news of a topic wait for it; long enough to gather. */
  acknowledgeMs: 200,
  /** Between two checks of a session's clock: keep-alive, dead peer, our own stalled loop. */
  tickMs: 1_000,
  /** A check this late means that our own loop stalled or the machine slept; silence is counted anew from then. */
  stalledMs: 3_000,
  /** After a stall of our own the peer must be heard within this, or the line counts as lost: it may have stalled as well. */
  probeMs: 4_000,
  /** After a wake-up or a change of network the same: this, or four round trips where they take longer. */
  probeLeastMs: 2_000,
  /** An end that said its last word waits this long for the line to close, then cuts it. */
  closeMs: 2_000,
  /** A line that came back and was cut again sooner is dialled again after half to full of this; a flapping line must not be hammered. */
  shortLineMs: 1_000,
  /** After a fault of the protocol a line must have held this long before the waits begin anew. */
  settledLineMs: 30_000,
  /** While a dial hangs unanswered, another one joins it this often: the systems ask again after 1, 3, 7 s only. */
  besideMs: 1_500,
  /** An attempt that was answered, or that greets, is given this long before another one goes on beside it. */
  answeredMs: 5_000,
  /** Two ways to a target are tried at most this far apart. */
  staggerMs: 2_000,
  /** Least time between two news of one topic. */
  newsMs: 50,
  /** The same while the one before is not acknowledged yet: on a slow line an acknowledgement takes a second, and its direction home is mostly free. */
  newsBesideMs: 400,
  /** An offered GUI port is taken back after this. */
  leaseOfferMs: 10_000,
  /** A lost watch connection gives its lease back within this. */
  watchLostMs: 2_000,
  /** The master keeps a session that lost its line for this long. */
  sessionGraceMs: 3 * 3_600_000,
  /** The same when the engineer came back with a new session meanwhile. */
  sessionGraceReplacedMs: 5 * 60_000,
  /** A session that is kept to sign in by lives this long after it was last used. */
  sessionKeptMs: 12 * 3_600_000,
  /** One request without an answer. Long work answers at once and reports through a topic. */
  requestMs: 60_000,
} as const;

/**
 * Waits before each reconnect attempt after somebody answered and refused, or after a fault of the protocol, in milliseconds;
 * the last repeats for ever. Jitter takes half to full of it.
 */
export const RECONNECT_WAITS_MS = [0, 5_000, 5_000, 10_000, 10_000, 10_000, 15_000, 20_000, 30_000] as const;

/**
 * Waits before each reconnect attempt while nobody answers, when one costs a packet or two and nobody any work: by how long
 * the line has been lost, both in milliseconds. Jitter takes half to full of the wait.
 */
export const UNREACHED_WAITS_MS = [
  { lostBelowMs: 15 * 60_000, waitMs: 1_500 },
  { lostBelowMs: 60 * 60_000, waitMs: 5_000 },
  { lostBelowMs: Infinity, waitMs: 30_000 },
] as const;
