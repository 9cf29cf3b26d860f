import { PutError } from '../../core/protocol/errors.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { Caller, FileCaller, Handlers, Service, Topic } from '../service.ts';

import { RequestBudget } from './RequestBudget.ts';

type Look = () => Promise<void>;
type AnyHandler = (params: unknown, caller: FileCaller) => unknown;
/** Names of topics and of requests may be the same. */
const topicKey = (topic: string): string => `topic ${topic}`;

/** The services that sessions hand requests, topics and file bytes to. */
export class ServiceRegistry {
  /** What the open requests of all clients may hold. */
  readonly requestBudget = new RequestBudget();
  readonly #services: Service[] = [];
  readonly #firstOf = new Map<string, () => Promise<void>>();

  /** Adds a service. Throws `internal` when two services answer one method. */
  add(service: Service): void {
    for (const method of Object.keys(service.handlers) as MethodName[]) {
      if (this.handlerOf(method)) throw new PutError('internal', `two services answer ${method}`);
    }
    this.#services.push(service);
  }

  /**
   * Has `look` done before any of these requests is answered and any of these topics is opened: for what people change behind the back of the
   * services, such as a file. A failure of `look` is its own matter and keeps nothing from going on.
   */
  lookBefore(names: { readonly methods: readonly MethodName[]; readonly topics: readonly string[] }, look: Look): void {
    for (const method of names.methods) this.#firstOf.set(method, look);
    for (const topic of names.topics) this.#firstOf.set(topicKey(topic), look);
  }

  handlerOf(method: MethodName): Handlers[MethodName] {
    for (const service of this.#services) {
      const handler = service.handlers[method] as AnyHandler | undefined;
      if (!handler) continue;
      const look = this.#firstOf.get(method);
      const after: AnyHandler = async (...asked) => {
        await look?.().catch(() => {});
        return handler(...asked);
      };
      return (look ? after : handler) as Handlers[MethodName];
    }
    return undefined;
  }

  /** What is to be done before the topic of that name is opened; undefined where it can be opened at once. */
  beforeTopic(name: string): Promise<void> | undefined {
    return this.#firstOf
      .get(topicKey(name))?.()
      .catch(() => {});
  }

  /** The topic of that name; throws what the service says when the caller may not watch it, `input-invalid` for no such topic. */
  topic(name: string, caller: Caller): Topic {
    for (const service of this.#services) {
      const topic = service.topic(name, caller);
      if (topic) return topic;
    }
    throw new PutError('input-invalid', `there is no topic ${name}`, { topic: name });
  }

  async fileData(caller: FileCaller, transfer: number, offset: number, bytes: Uint8Array): Promise<void> {
    for (const service of this.#services) {
      const work = service.fileData?.(caller, transfer, offset, bytes);
      if (work) return work;
    }
    throw new PutError('transfer-unknown', `transfer ${transfer} is not open`, { transfer });
  }

  callerGone(sessionId: string): void {
    for (const service of this.#services) service.callerGone?.(sessionId);
  }
}
