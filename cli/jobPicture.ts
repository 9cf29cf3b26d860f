import type { JobReport, PackageRow, StepScreen } from '../core/model/job.ts';
import { eachOf, jobTopic, nodesOfLine, type JobHead, type JobPart, type JobPartName } from '../core/model/jobParts.ts';
import { servicesNotUp, type ServicesNotUp } from '../core/model/servicesNotUp.ts';
import type { CommandHost } from './CommandHost.ts';
import type { MasterSession } from './MasterSession.ts';
import { readTopic } from './waiting.ts';

/** How a job stands, at its end or where it waits: its head, and what of its parts is told. */
export interface JobPicture {
  readonly head: JobHead;
  readonly packages: readonly PackageRow[];
  readonly services: ServicesNotUp;
  readonly report?: JobReport | undefined;
  /** What waits for a person's answer. */
  readonly screen?: StepScreen | undefined;
  /** Nodes of each line of attention, by its key. */
  readonly nodesOf: Readonly<Record<string, readonly string[]>>;
}

interface Session {
  readonly host: CommandHost;
  readonly session: MasterSession;
}

/** The head of a job at this moment. */
export function readHead({ host, session }: Session, jobId: string): Promise<JobHead> {
  return readTopic<JobHead>(host, session, jobTopic(jobId));
}

/** A part of a job at this moment. */
export function readPart<P extends JobPartName>(
  { host, session }: Session,
  jobId: string,
  part: P,
): Promise<JobPart<P>> {
  return readTopic<JobPart<P> & object>(host, session, jobTopic(jobId, part));
}

/** The services of a job's nodes that are not known to be up, as the job last saw them. */
export async function readServices(context: Session, jobId: string): Promise<ServicesNotUp> {
  const part = await readPart(context, jobId, 'services');
  return servicesNotUp([...eachOf(part)].map(([nodeId, service]) => ({ nodeId, service })));
}

/** Reads the parts that a picture of the job needs. */
export async function readPicture(context: Session, head: JobHead): Promise<JobPicture> {
  const { jobId } = head;
  const stepIds = [...new Set(head.attention.map(({ stepId }) => stepId))];
  const [packages, services, report, step, ...cells] = await Promise.all([
    head.packages > 0 ? readPart(context, jobId, 'packages') : undefined,
    readServices(context, jobId),
    head.report ? readPart(context, jobId, 'report') : undefined,
    head.screen ? readPart(context, jobId, `step:${head.screen.stepId}`) : undefined,
    ...stepIds.map((stepId) => readPart(context, jobId, `cells:${stepId}`)),
  ]);
  return {
    head,
    packages: packages?.order.flatMap((name) => packages.rows[name] ?? []) ?? [],
    services,
    ...(report?.report ? { report: report.report } : {}),
    ...(step?.screen ? { screen: step.screen } : {}),
    nodesOf: Object.fromEntries(
      head.attention.map((line) => {
        const part = cells[stepIds.indexOf(line.stepId)];
        return [line.key, part ? nodesOfLine(line, part) : []];
      }),
    ),
  };
}
