import { PutError } from '../../core/protocol/errors.ts';
import type { MethodName } from '../../core/protocol/methods.ts';
import type { Caller, FileCaller, Handlers, Service, Topic } from '../service.ts';

import { RequestBudget } from './RequestBudget.ts';

/** The services that sessions hand requests, topics and file bytes to. */
export class ServiceRegistry {
  /** What the open requests of all clients may hold. */
  readonly requestBudget = new RequestBudget();
  readonly #services: Service[] = [];

  /** Adds a service. Throws `internal` when two services answer one method. */
  add(service: Service): void {
    for (const method of Object.keys(service.handlers) as MethodName[]) {
      if (this.handlerOf(method)) throw new PutError('internal', `two services answer ${method}`);
    }
    this.#services.push(service);
  }

  handlerOf(method: MethodName): Handlers[MethodName] {
    for (const service of this.#services) {
      const handler = service.handlers[method];
      if (handler) return handler;
    }
    return undefined;
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
