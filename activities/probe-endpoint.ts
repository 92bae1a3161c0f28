/** Fails until the endpoint answers; the server repeats it. */
import { ApplicationFailure } from '@temporalio/activity';
import { Failure, remedyOf } from '../model/failure.ts';
import type { Dependencies } from './ports.ts';

export const probeEndpoint = (deps: Dependencies) =>
  async function probeEndpoint(input: { side: 'source' | 'destination'; connection: string }): Promise<void> {
    try {
      await (input.side === 'source' ? deps.source(input.connection).probe() : deps.sink(input.connection).probe());
    } catch (error) {
      if (error instanceof Failure && remedyOf(error.kind) === 'wait-for-connection') throw error;
      // It answers, if not as hoped: no reason to wait any longer.
      throw ApplicationFailure.create({
        message: error instanceof Error ? error.message : String(error),
        type: 'answered-otherwise',
        nonRetryable: true,
      });
    }
  };
