/*
 * Links to a place, as they stand in tickets and messages: `put://SYSTEM`, `put://SYSTEM/JOB`, `put://SYSTEM/JOB/NODE`. Anybody can write one, so a link
 * says where to look and nothing of what to do there.
 */

export const LINK_SCHEME = 'put';

export interface DeepLink {
  /** The name that the system is saved under, its host or its id. */
  readonly system: string;
  /** Number or id of the job. */
  readonly job?: string | undefined;
  readonly node?: string | undefined;
}

const LONGEST_LINK = 1000;
const LONGEST_PART = 200;
/** What is written as it is; the rest in per cent. */
const PART = /^(?:[A-Za-z0-9._~!$'()*+,;=:@-]|%[0-9A-Fa-f]{2})+$/;

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function readPart(part: string): string | undefined {
  if (!PART.test(part)) return undefined;
  try {
    const text = decodeURIComponent(part);
    return text.length <= LONGEST_PART && !CONTROL.test(text) && text.trim() === text ? text : undefined;
  } catch {
    return undefined;
  }
}

export function formatDeepLink({ system, job, node }: DeepLink): string {
  const parts = [system, ...(job === undefined ? [] : [job, ...(node === undefined ? [] : [node])])];
  return `${LINK_SCHEME}://${parts.map(encodeURIComponent).join('/')}`;
}

/** The place that a link names; undefined for what is no link to one. A slash at the end, which some programs add, is no part. */
export function parseDeepLink(text: string): DeepLink | undefined {
  if (text.length > LONGEST_LINK) return undefined;
  const rest = /^put:\/\/(.*)$/i.exec(text)?.[1];
  if (rest === undefined) return undefined;
  const parts = rest.replace(/\/$/, '').split('/').map(readPart);
  const [system, job, node] = parts;
  if (parts.length > 3 || system === undefined || parts.some((part) => part === undefined)) return undefined;
  return { system, ...(job === undefined ? {} : { job }), ...(node === undefined ? {} : { node }) };
}

/** A system as far as a link can name it. */
interface Named {
  readonly systemId: string;
  readonly name: string;
  readonly host: string;
}

/** The systems that a link may mean: by id, else by name, else by host. Upper and lower case are one, since programs change them. */
export function systemsOfLink<S extends Named>({ system }: DeepLink, systems: readonly S[]): readonly S[] {
  const wanted = system.toLowerCase();
  for (const key of ['systemId', 'name', 'host'] as const) {
    const found = systems.filter((one) => one[key].toLowerCase() === wanted);
    if (found.length > 0) return found;
  }
  return [];
}
