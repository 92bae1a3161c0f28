/** What a function of MaxCompute is in DuckDB, and how many arguments it takes. */
interface FunctionRule {
  readonly least: number;
  readonly most: number;
  /** Absent: the same name and arguments. */
  readonly write?: (texts: readonly string[]) => string;
}

const takes = (least: number, most = least, write?: FunctionRule['write']): FunctionRule =>
  write === undefined ? { least, most } : { least, most, write };

/** A function that DuckDB happens to have may mean something else there: only these. */
const rules: Readonly<Record<string, FunctionRule>> = {
  COUNT: takes(1, 9),
  MAX: takes(1),
  MIN: takes(1),
  SUM: takes(1),
  COALESCE: takes(1, 1000),
  ROW_NUMBER: takes(0),
  RANK: takes(0),
  DENSE_RANK: takes(0),
  LAG: takes(1, 3),
  LEAD: takes(1, 3),
  HEX: takes(1),
  UNHEX: takes(1),
  MD5: takes(1),
  LENGTH: takes(1),
  INSTR: takes(2),
  RTRIM: takes(1, 2),
  RPAD: takes(3),
  // A start of 0 and a length below 1 mean other things there: nobody sends them.
  SUBSTR: takes(2, 3),
  // DuckDB's own leaves NULLs out.
  CONCAT: takes(1, 1000, (texts) => `(${texts.map((text) => `(${text})`).join(' || ')})`),
  CONV: takes(3, 3, ([digits = '', ...bases]) => {
    if (bases.join() !== '16,10') throw new RangeError('this simulator converts from base 16 to base 10 only');
    return `CAST(TRY_CAST('0x' || (${digits}) AS UBIGINT) AS VARCHAR)`;
  }),
};

/**
 * DuckDB's text for a call; undefined for a function that is not here.
 *
 * @throws RangeError for arguments that it does not take
 */
export function callOf(name: string, texts: readonly string[]): string | undefined {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) return undefined;
  if (texts.length < rule.least || texts.length > rule.most)
    throw new RangeError(`function ${name} needs ${String(rule.least)} to ${String(rule.most)} parameters`);
  return rule.write?.(texts) ?? `${name}(${texts.join(', ')})`;
}
