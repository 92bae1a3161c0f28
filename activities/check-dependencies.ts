/** What the activities that answer a person's questions are made of. */
import type { RegisteredConnection } from '../model/check-task.ts';
import type { Dependencies } from './ports.ts';

export interface CheckDependencies extends Pick<Dependencies, 'source' | 'sink'> {
  /** What connections.yaml names, without anything secret. */
  connections(): readonly RegisteredConnection[];
}
