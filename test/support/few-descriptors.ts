/**
 * A process that takes all its file descriptors but a few, asks what a worker asks of both sides, gives them back, and asks again.
 * Prints JSON: for both times what each answered. Run with a low `ulimit -n`, and with the sides in the variable SIDES.
 */
import { closeSync, openSync } from 'node:fs';
import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { MaxComputeClient } from '../../maxcompute/client.ts';
import { OracleSource } from '../../oracle/source.ts';
import { Scratch, ScratchFile } from '../../oracle/spilled-rows.ts';
import { ConnectionRegistry } from '../../worker/connections.ts';
import { Scrubber } from '../../worker/scrubber.ts';

const text = z.string();
const { oracle, maxcompute, secretFile } = z
  .object({
    oracle: z.object({ host: text, port: z.number(), service: text, user: text, password: text }),
    maxcompute: z.object({ endpoint: text, project: text, accessKeyId: text, accessKeySecret: text }),
    secretFile: text,
  })
  .parse(JSON.parse(process.env['SIDES'] ?? ''));

const contacts = { ops: { type: 'webhook' as const, url: 'http://127.0.0.1:1/', secret: { file: secretFile } } };
const registry = new ConnectionRegistry({ connections: {}, contacts }, new Scrubber());
const source = new OracleSource(oracle);
const askMaxCompute = async (): Promise<void> => {
  await using client = new MaxComputeClient(maxcompute, { attemptsMax: 1, firstWaitMs: 1, budgetMs: 1 });
  await client.discoverTunnel();
};
const asked: Readonly<Record<string, () => unknown>> = {
  source: () => source.probe(),
  destination: askMaxCompute,
  scratch: () => {
    new ScratchFile(new Scratch()).append(['a row']);
  },
  secret: () => registry.contact('ops'),
};

async function ask(): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const [what, work] of Object.entries(asked)) {
    try {
      await work();
      answers.push(`${what}: well`);
    } catch (error) {
      answers.push(`${what}: ${error instanceof Failure ? error.kind : 'not a failure'}: ${String(error)}`);
    }
  }
  return answers;
}

await ask(); // loads what is loaded when it is first needed
const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  // that was the last one
}
const without = await ask();
for (const descriptor of taken) closeSync(descriptor);
process.stdout.write(JSON.stringify({ taken: taken.length, without, afterwards: await ask() }));
process.exit(0);
