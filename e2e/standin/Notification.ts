import { EventEmitter } from 'node:events';
import { standIn } from './records.ts';

/** Shown notifications are recorded; `emit('click')` on the recorded one is what a person would do. */
export class Notification extends EventEmitter {
  static isSupported = (): boolean => true;
  readonly title: string;
  readonly body: string;

  constructor(options: { title?: string; body?: string } = {}) {
    super();
    this.title = options.title ?? '';
    this.body = options.body ?? '';
  }

  show = (): void => void standIn.notifications.push(this);
  close(): void {}
}
