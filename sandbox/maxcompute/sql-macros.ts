import { castFunctions, TEXT_MACRO } from './sql-expressions.ts';
import type { Warehouse } from './warehouse.ts';

const pairText = (seconds: string, nanos: string): string =>
  `CAST(make_timestamp(${seconds} * 1000000) AS VARCHAR) || ` +
  `CASE ${nanos} WHEN 0 THEN '' ELSE '.' || lpad(CAST(${nanos} AS VARCHAR), 9, '0') END`;

/** A cast from anything, so that DuckDB accepts the text for values of every type; of a pair it fills the parts that it has. */
const ANY_PAIR =
  'TRY_CAST(x AS STRUCT(wall_seconds BIGINT, wall_nanos INTEGER, instant_seconds BIGINT, instant_nanos INTEGER))';

/** The parts of a pair. */
const partsOf = (kind: 'wall' | 'instant'): readonly [seconds: string, nanos: string] => [
  `(${ANY_PAIR}).${kind}_seconds`,
  `(${ANY_PAIR}).${kind}_nanos`,
];

/** Of the query that runs: a variable of DuckDB's. */
const ZONE = 'odps_zone';

/**
 * The text of a value, by its type, in DuckDB's own words where they come to the same as `cell-text.ts`: a function of JavaScript takes ten
 * times as long. `typeof` is known when the query is planned, so one branch remains of it.
 */
const macros: readonly string[] = [
  `CREATE OR REPLACE MACRO odps_decimal_text(t) AS CASE WHEN contains(t, '.') THEN
     CASE WHEN starts_with(t, '.') THEN '0' WHEN starts_with(t, '-.') THEN '-0' ELSE '' END ||
     rtrim(rtrim(CASE WHEN starts_with(t, '-.') THEN substr(t, 2) ELSE t END, '0'), '.') ELSE t END`,
  `CREATE OR REPLACE MACRO ${TEXT_MACRO}(x) AS CASE
     WHEN typeof(x) IN ('VARCHAR', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') THEN CAST(x AS VARCHAR)
     WHEN starts_with(typeof(x), 'DECIMAL(') THEN odps_decimal_text(CAST(x AS VARCHAR))
     WHEN starts_with(typeof(x), 'STRUCT(wall_seconds') THEN ${pairText(...partsOf('wall'))}
     WHEN starts_with(typeof(x), 'STRUCT(instant_seconds') AND getvariable('${ZONE}') = 'UTC' THEN ${pairText(...partsOf('instant'))}
     ELSE ${castFunctions.string}(x) END`,
];

/** Once, before the first statement. */
export async function defineMacros(warehouse: Warehouse): Promise<void> {
  for (const macro of macros) await warehouse.run(macro);
}

/** Of the statements that follow. */
export async function useZone(warehouse: Warehouse, zone: string): Promise<void> {
  warehouse.zone = zone;
  await warehouse.run(`SET VARIABLE ${ZONE} = '${zone.replaceAll("'", "''")}'`);
}
