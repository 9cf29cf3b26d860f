import { LINK_SCHEME, parseDeepLink, systemsOfLink } from '../../core/model/deepLink.ts';
import type { SavedSystem } from '../../core/workbench/state.ts';

/** Where the page is to be, or what there is to say instead. */
export type LinkAnswer = { readonly address: string } | { readonly say: string };

/** The link among the arguments that a start was given; the operating system adds it as it is. */
export function linkOfArguments(args: readonly string[]): string | undefined {
  return args.find((argument) => argument.toLowerCase().startsWith(`${LINK_SCHEME}:`));
}

/** The address of the place that a link names, as renderer/app/address.ts reads it. The page asks for the sign-in first where there is no session. */
export function answerLink(text: string, systems: readonly SavedSystem[]): LinkAnswer {
  const link = parseDeepLink(text);
  if (!link)
    return {
      say: `This is no link to a place: ${text.slice(0, 200)}\n\nA link is ${LINK_SCHEME}://SYSTEM, ${LINK_SCHEME}://SYSTEM/JOB or ${LINK_SCHEME}://SYSTEM/JOB/NODE.`,
    };
  const [system, ...others] = systemsOfLink(link, systems);
  if (!system)
    return {
      say: `The link leads to the system ${link.system}, which is not saved here.\n\nAdd it under Systems by this name, and open the link again.`,
    };
  if (others.length > 0)
    return {
      say: `The link leads to the system ${link.system}, and ${others.length + 1} systems here have that name or host.\n\nOpen the right one under Systems.`,
    };
  const parts = [
    ...['system', system.systemId],
    ...(link.job === undefined ? ['operations'] : ['job', link.job]),
    ...(link.node === undefined ? [] : ['node', link.node]),
  ];
  return { address: `#/${parts.map(encodeURIComponent).join('/')}` };
}
