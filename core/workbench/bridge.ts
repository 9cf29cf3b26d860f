import { parsePart, type JobPartName } from '../model/jobParts.ts';
import { z } from 'zod';
import type { PathTestResult } from '../model/pathTest.ts';
import type { AdvisedReport, ErrorReport } from '../protocol/errors.ts';
import { pathKind } from '../protocol/handshake.ts';
import type { WorkbenchState } from './state.ts';
import { uploadCapSchema } from './uploadCapSchema.ts';
import { hostName, waySettingsShape } from './waySettings.ts';
import type { Patch } from '../replica/patchShape.ts';

/*
 * What a window may ask of the workbench, the same over Electron IPC and over a WebSocket. Every call is checked against
 * its schema on the workbench's side; the answer is {ok, value} or {ok: false, error}, since carriers keep no error classes.
 */

const systemId = z.string().min(1).max(64);
const jobPart = z
  .string()
  .max(300)
  .refine((name) => parsePart(name) !== undefined, 'is no part of a job')
  .transform((name) => name as JobPartName);
const port = z.number().int().min(1).max(65_535);
/** What is told of a system only while a window shows it. */
export const SHOWN_TOPICS = ['ports', 'nodes'] as const;
export type ShownTopic = (typeof SHOWN_TOPICS)[number];
const localPath = z.string().min(1).max(4096);
/** A local file that a person chose; windows never name paths of files to be read. */
const fileHandle = z.string().min(1).max(64);
/** In characters, as what a page keeps at a time. */
const LONGEST_KEPT_TEXT = 200_000;
const transferId = z.string().min(1).max(64);

export const systemInputSchema = z.strictObject({
  // Shown in lines of tables and terminals: no sign of it may move or colour what stands around.
  name: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'must stand in one line, without signs that are not seen'),
  host: hostName,
  ccPort: port.default(9000),
  sslPort: port.default(8443),
  servicePort: port.default(8992),
  chatPort: port.default(11_111),
  pathOrder: z
    .array(pathKind)
    .min(1)
    .max(5)
    .refine((order) => new Set(order).size === order.length, 'a way stands there twice')
    .default(['single-port', 'hand-off']),
  ...waySettingsShape,
});

interface BridgeMethod<P extends z.ZodType, R> {
  readonly params: P;
  /** Only a type: never set. */
  readonly result?: R;
}
const ask =
  <R>() =>
  <P extends z.ZodType>(params: P): BridgeMethod<P, R> => ({ params });

/** Requests to the master that a window may pass through; the others have bridge methods of their own. */
export const PASSED_THROUGH = [
  'session.takeOver',
  'session.close',
  'ports.release',
  'operation.list',
  'job.start',
  'job.answer',
  'job.checkAnswer',
  'job.back',
  'job.continue',
  'job.retry',
  'job.ignore',
  'job.accept',
  'job.undoIgnore',
  'job.giveUp',
  'job.cancel',
  'job.setAnswers',
  'job.approve',
  'job.withdrawApproval',
  'job.beginNow',
  'job.setWindow',
  'job.confirm',
  'job.pause',
  'job.resume',
  'job.hold',
  'job.release',
  'job.rollback',
  'job.rollbackPreview',
  'job.takeBaton',
  'job.nodeLog',
  'job.searchLog',
  'job.table',
  'job.reportHtml',
  'practice.setFault',
  'practice.reset',
  'nodes.refresh',
  'nodes.startServices',
  'nodes.facts',
  'inventory.check',
  'inventory.row',
  'inventory.add',
  'inventory.remove',
  'inventory.shownKeys',
  'inventory.pin',
  'inventory.probe',
  'nodes.authorize',
  'nodes.sudoPassword',
  'file.remove',
  'chat.say',
] as const;
export type PassedThrough = (typeof PASSED_THROUGH)[number];

const pageFileName = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/);
const pageFileNames = z.array(pageFileName).max(1_000);

export const BRIDGE_METHODS = {
  /** The whole picture and its number; pushes with greater numbers follow. */
  'state.snapshot': ask<{ number: number; state: WorkbenchState }>()(z.strictObject({})),

  'system.add': ask<{ systemId: string }>()(systemInputSchema),
  'system.update': ask<object>()(z.strictObject({ systemId, system: systemInputSchema })),
  'system.remove': ask<object>()(z.strictObject({ systemId })),
  /** Takes an entry that cannot be used out of the list. */
  'system.removeUnusable': ask<object>()(z.strictObject({ key: z.string().min(1).max(80) })),
  /**
   * Accepts a certificate after a person compared it: the one that the last refused sign-in or the session's cause has shown,
   * no other one (`bridge-refused`).
   */
  'system.trustCertificate': ask<object>()(
    z.strictObject({ systemId, fingerprint: z.string().regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/) }),
  ),

  /**
   * Signs in; answers when online. Fails with `certificate-unknown` or `certificate-changed` (details: fingerprint, and
   * pinned) before a password is sent, with `sign-in-refused`, or with `paths-exhausted`.
   */
  'session.signIn': ask<object>()(
    z.strictObject({
      systemId,
      user: z.string().trim().min(1).max(64),
      password: z.string().max(1024),
      remember: z.boolean().default(false),
    }),
  ),
  /**
   * Answers a question of `secretsAsked`: a secret, kept for this run and, with `remember`, in the keyring once it was right.
   * An SSH host key is accepted by any answer.
   */
  'secret.answer': ask<object>()(
    z.strictObject({
      systemId,
      questionId: z.string().min(1).max(64),
      secret: z.string().max(1024).default(''),
      remember: z.boolean().default(false),
    }),
  ),
  /** The way that asked is given up; the others go on. */
  'secret.refuse': ask<object>()(z.strictObject({ systemId, questionId: z.string().min(1).max(64) })),
  /** Probes every port of the system from here; takes some seconds and needs no sign-in. */
  /** Gives the account of the session a new password; one that is kept in the keyring is replaced. */
  'account.changePassword': ask<object>()(
    z.strictObject({ systemId, password: z.string().max(1024), newPassword: z.string().max(1024) }),
  ),
  'path.test': ask<PathTestResult>()(z.strictObject({ systemId })),
  'session.signOut': ask<object>()(z.strictObject({ systemId })),
  'session.retryNow': ask<object>()(z.strictObject({ systemId })),

  /** Starts the built-in practice system (or finds it running), adds it, and signs in. */
  'practice.start': ask<{ systemId: string }>()(z.strictObject({})),
  'practice.stop': ask<object>()(z.strictObject({})),

  /** Watches a job or one of its parts: `openJobs` holds the head and `jobParts` the part until `job.close`. */
  'job.open': ask<object>()(z.strictObject({ systemId, jobId: z.string().min(1).max(64), part: jobPart.optional() })),
  'job.close': ask<object>()(z.strictObject({ systemId, jobId: z.string().min(1).max(64), part: jobPart.optional() })),
  /** Watches until closed what only some views show of a system: its ports (rows, leases, sessions), or all its nodes. */
  'topic.open': ask<object>()(z.strictObject({ systemId, topic: z.enum(SHOWN_TOPICS) })),
  'topic.close': ask<object>()(z.strictObject({ systemId, topic: z.enum(SHOWN_TOPICS) })),
  /** Fetches entries of the timeline before those that the picture has; they appear in it. */
  'timeline.older': ask<object>()(z.strictObject({ systemId })),
  /** A request to the master, checked against METHODS of core/protocol. */
  'master.request': ask<unknown>()(z.strictObject({ systemId, method: z.enum(PASSED_THROUGH), params: z.unknown() })),

  /** Native file dialog (desktop only); answers handles of the chosen files, none when it was closed. */
  'files.choose': ask<{ handles: string[] }>()(z.strictObject({})),
  /**
   * Files that were chosen in this page, whose bytes the workbench asks of it as an upload needs them. The page has read them
   * whole and says their digests; offered again after its line was lost, under the same names, their uploads go on.
   */
  'files.offer': ask<{ handles: string[] }>()(
    z.strictObject({
      files: z
        .array(
          z.strictObject({
            file: pageFileName,
            name: z.string().min(1).max(255),
            sizeBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
            sha256: z.string().regex(/^[0-9a-f]{64}$/),
          }),
        )
        .min(1)
        .max(200),
    }),
  ),
  /** Which files that an earlier page of this browser offered are still known by their names. */
  'files.known': ask<{ files: string[] }>()(z.strictObject({ files: pageFileNames })),
  /** The page that offered them is gone and no other has them: their uploads end now, as `file-out-of-reach`. */
  'files.withdraw': ask<object>()(z.strictObject({ files: pageFileNames })),
  /** A folder of this client system, for the built-in chooser; refused where the carrier is not the console. */
  'files.listFolder': ask<{
    folder: string;
    parent?: string | undefined;
    /** Folders have a path to go on to, files a handle. */
    entries: { name: string; path: string; folder: boolean; sizeBytes: number; handle?: string | undefined }[];
  }>()(z.strictObject({ folder: localPath.optional() })),
  /** The sample packages that come with PUT Desktop. */
  'files.samples': ask<{ handles: string[] }>()(z.strictObject({})),
  /** Reads the header of local packages before anything is sent. */
  'files.inspect': ask<{
    files: {
      handle: string;
      path: string;
      name: string;
      sizeBytes: number;
      identity?: string | undefined;
      arch?: string | undefined;
      error?: ErrorReport | undefined;
    }[];
  }>()(z.strictObject({ handles: z.array(fileHandle).min(1).max(200) })),

  /** Sends files that are packages or cert lists; anything else fails before a byte of it is sent. */
  'upload.start': ask<{ transferIds: string[] }>()(
    z.strictObject({ systemId, handles: z.array(fileHandle).min(1).max(200) }),
  ),
  'upload.pause': ask<object>()(z.strictObject({ systemId, transferId })),
  'upload.resume': ask<object>()(z.strictObject({ systemId, transferId })),
  'upload.cancel': ask<object>()(z.strictObject({ systemId, transferId })),
  /** Caps what uploads to a system send together, at once and for later ones; without a number: what the line carries. */
  'upload.setCap': ask<object>()(z.strictObject({ systemId, bytesPerSecond: uploadCapSchema.optional() })),
  /** Takes ended transfers off the list. */
  'upload.clear': ask<object>()(z.strictObject({ systemId })),

  /** Switches the notifications of the operating system on or off. */
  'app.setNotifications': ask<object>()(z.strictObject({ on: z.boolean() })),
  /** What the pages of the windows had kept, by its key; a browser's page keeps its own in the browser. */
  'app.keptTexts': ask<{ texts: Record<string, string> }>()(z.strictObject({})),
  /** Keeps a text of a page, without one nothing; answers once it is on the disk. */
  'app.keepText': ask<object>()(
    z.strictObject({ key: z.string().min(1).max(400), text: z.string().max(LONGEST_KEPT_TEXT).optional() }),
  ),
  /** Opens the conversation about updates; answers when it is over. */
  'app.updates': ask<object>()(z.strictObject({})),
  /** The licence texts of what the program has inside. */
  'app.licences': ask<{ text: string }>()(z.strictObject({})),

  /** Saves a text where the person says (desktop: dialog; console: downloads folder); answers the path, or none when cancelled. */
  'files.saveText': ask<{ path?: string | undefined }>()(
    z.strictObject({ suggestedName: z.string().min(1).max(120), text: z.string().max(100_000_000) }),
  ),
} as const;

export type BridgeMethodName = keyof typeof BRIDGE_METHODS;
export type BridgeParams<M extends BridgeMethodName> = z.input<(typeof BRIDGE_METHODS)[M]['params']>;
export type BridgeResult<M extends BridgeMethodName> = NonNullable<(typeof BRIDGE_METHODS)[M]['result']>;

export type BridgeAnswer<R = unknown> =
  { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: AdvisedReport };

/** News for the windows. A window that finds a gap (`base` is not the number it has) asks `state.snapshot` again. */
export interface BridgePush {
  readonly number: number;
  readonly base: number;
  readonly patch: Patch;
  /** A part of a larger change: nothing of it is shown before the last part, which is without this, has come. */
  readonly more?: true | undefined;
}
