/** A task's status as the Markdown that the Temporal UI renders (headings, bold, code, lists; tables there have no padding). Pure. */
import type { TableProgress, TaskStatus } from './progress.ts';
import { runwayText } from './redo-runway.ts';

const BAR_CELLS = 20;

/** `██████░░░░░░░░░░░░░░ 30 %` */
export function bar(done: number, all: number): string {
  const part = all === 0 ? 0 : Math.min(1, done / all);
  const cells = Math.round(part * BAR_CELLS);
  return `${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)} ${Math.floor(part * 100)} %`;
}

function tableLine(table: TableProgress): string {
  const lost = table.attemptsLost > 0 ? `, ${many(table.attemptsLost, 'attempt')} made again` : '';
  const copy = `chunks ${table.chunksDone}/${table.chunks}, ${table.baseRows} base rows${lost}`;
  const nulled = table.nulled > 0 ? `, ${many(table.nulled, 'value')} written as NULL` : '';
  const held = table.held
    ? `\n  **held** since SCN ${table.held.fromScn}: ${table.held.text}${heldNext(table.held)}`
    : '';
  return `- **${table.table}** → \`${table.base}\`, \`${table.log}\` · ${table.state}\n  \`${bar(table.chunksDone, table.chunks)}\` ${copy} · ${table.logRows} log rows${nulled}${held}`;
}

const heldNext = ({ catchingUp, choices }: NonNullable<TableProgress['held']>): string =>
  catchingUp ? ' (catching up)' : choices.length === 0 ? '' : `; choices: ${choices.join(', ')}`;

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const minutes = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

function troubleLines(status: TaskStatus): readonly string[] {
  const lines: string[] = [];
  if (status.retry) {
    const { unit, message, remainingSeconds, measuredAt, attempts, budget } = status.retry;
    lines.push(
      `**Retrying** ${unit} (${many(attempts, 'attempt')}, ${budget} issues): ${message}`,
      `Gives up in ${minutes(remainingSeconds)} (measured ${measuredAt}).`,
    );
  }
  if (status.failure)
    lines.push(
      `**Failed** ${status.failure.unit}: ${status.failure.message}`,
      `**What to do:** ${status.failure.sentence}`,
    );
  const failed = status.precheck?.results.filter((result) => result.verdict === 'failed') ?? [];
  for (const { subject, message } of failed) lines.push(`- **Precheck** ${subject}: ${message}`);
  return lines;
}

const completeText = ({ upTo, openPartition }: NonNullable<TaskStatus['complete']>): string =>
  `Logs complete up to ${upTo}${openPartition === undefined ? '' : `, and every partition before \`${openPartition}\``}`;

/** At most a few kilobytes: the first 40 tables, the last 10 events. */
export function currentDetails(status: TaskStatus): string {
  const latency = status.latency
    ? `${status.latency.seconds.toFixed(1)} s (measured ${status.latency.measuredAt})`
    : 'not measured yet';
  const shown = status.tables.slice(0, 40);
  return [
    `## ${status.state} · ${status.phase}`,
    `**${status.source}** → **${status.destination}** · latency **${latency}**`,
    ...(status.position
      ? [
          `Position SCN \`${status.position.scn}\` · next record_id \`${status.position.nextRecordId}\` · ${many(status.windowsDone, 'window')}, ${many(status.transactions, 'transaction')}`,
        ]
      : []),
    ...(status.complete ? [completeText(status.complete)] : []),
    ...(status.runway ? [`Redo: ${runwayText(status.runway)} (measured ${status.runway.measuredAt})`] : []),
    ...troubleLines(status),
    '### Tables',
    ...shown.map(tableLine),
    ...(status.tables.length > shown.length ? [`… and ${status.tables.length - shown.length} more`] : []),
    '### Last events',
    ...status.events.slice(-10).map(({ at, text }) => `- \`${at}\` ${text}`),
  ].join('\n\n');
}
