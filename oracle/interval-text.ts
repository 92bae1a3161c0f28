/** INTERVALs as Oracle prints them (`+02-06`, `-05 04:03:02.1`) → ISO 8601 (model/table.ts). Undefined for anything else. */

const YEARS_MONTHS = /^([+-]?)(\d{1,9})-(0?\d|1[01])$/;
const DAYS_SECONDS = /^([+-]?)(\d{1,9}) ([01]?\d|2[0-3]):([0-5]?\d):([0-5]?\d)(?:\.(\d{0,9}))?$/;

/** `P`, then the parts that are not zero. */
const part = (digits: string | undefined, unit: string): string => {
  const value = Number(digits ?? '0');
  return value === 0 ? '' : `${value}${unit}`;
};

const signed = (sign: string | undefined, text: string): string => (sign === '-' ? `-${text}` : text);

export function isoYearsMonths(text: string): string | undefined {
  const match = YEARS_MONTHS.exec(text);
  if (!match) return undefined;
  const parts = part(match[2], 'Y') + part(match[3], 'M');
  return parts === '' ? 'P0M' : signed(match[1], `P${parts}`);
}

export function isoDaysSeconds(text: string): string | undefined {
  const match = DAYS_SECONDS.exec(text);
  if (!match) return undefined;
  const fraction = (match[6] ?? '').replace(/0+$/, '');
  const seconds = fraction === '' ? part(match[5], 'S') : `${Number(match[5])}.${fraction}S`;
  const days = part(match[2], 'D');
  const time = part(match[3], 'H') + part(match[4], 'M') + seconds;
  if (days === '' && time === '') return 'PT0S';
  return signed(match[1], `P${days}${time === '' ? '' : `T${time}`}`);
}
