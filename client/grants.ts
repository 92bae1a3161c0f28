/** `redoflow grants FILE [--json]`: what an administrator has to run at the source, ready to paste. */
import type { SourceGrants, Statement } from '../model/check-task.ts';
import type { RedoflowClient } from './index.ts';
import type { ReadTask } from './read-task.ts';

export async function grants(redoflow: RedoflowClient, { written, spec }: ReadTask, json: boolean): Promise<void> {
  await redoflow.mustBePolled(spec.taskQueue);
  const answer = await redoflow.ask(spec.taskQueue, { want: 'grants', written });
  console.log(json ? JSON.stringify(answer, null, 2) : grantsText(answer));
}

/** A script for SQL*Plus: what is held already stands in comments. */
export function grantsText({ source, version, unmeasured, statements }: SourceGrants): string {
  const of = (state: Statement['state']): readonly Statement[] => statements.filter((each) => each.state === state);
  const missing = of('missing');
  const unknown = of('unknown');
  const held = of('held');
  return [
    `-- Source ${source}${version === undefined ? '' : `, Oracle ${version}`}. Run as an administrator of the database.`,
    ...(unmeasured === undefined ? [] : [`-- Not everything could be measured: ${oneLine(unmeasured)}`]),
    ...(missing.length === 0 ? ['-- Nothing is known to be missing.'] : ['-- Missing:', ...missing.map(statementText)]),
    ...(unknown.length === 0
      ? []
      : [
          '',
          '-- Needed; this login cannot tell whether it has them (to grant twice does no harm):',
          ...unknown.map(statementText),
        ]),
    ...(held.length === 0 ? [] : ['', '-- In place:', ...held.map(({ sql }) => `-- ${sql};`)]),
  ].join('\n');
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
const statementText = ({ sql, why }: Statement): string => `${sql}; -- ${why}`;
