/** What a DDL statement on a captured table means for its rows, by its text (Oracle SQL Language Reference, "ALTER TABLE"). */

const NAME = String.raw`(?:"[^"]+"|[\p{L}][\p{L}\p{N}_$#]*)`;

/**
 * ADD PARTITION of a range- or list-partitioned table: no column and no row changes. Without VALUES the table is partitioned by hash or by
 * reference, where rows move into the new partition.
 */
const ADDS_PARTITION = new RegExp(
  String.raw`^\s*ALTER\s+TABLE\s+(?:${NAME}\s*\.\s*)?${NAME}\s+ADD\s+PARTITION\s+(?:(?!VALUES\b)${NAME}\s+)?VALUES\s*(?:LESS\s+THAN\s*)?\(`,
  'iu',
);

export const addsPartition = (statement: string): boolean => ADDS_PARTITION.test(statement);
