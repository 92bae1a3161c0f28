import { expect, test } from 'vitest';
import { addsPartition } from '../../../oracle/table-ddl.ts';

test.each<[string, boolean]>([
  ['ALTER TABLE HR.T ADD PARTITION P3 VALUES LESS THAN (300)', true],
  [
    ' alter table "HR"."Mixed Case" add partition "p 3"\n  values less than (to_date(\'2027-01-01\', \'YYYY-MM-DD\'))',
    true,
  ],
  ["ALTER TABLE t ADD PARTITION p VALUES ('a', 'b') TABLESPACE users", true],
  ['alter table 订单 add partition values less than (maxvalue)', true],
  ['ALTER TABLE T ADD PARTITION P3', false],
  ['ALTER TABLE T ADD (PARTITION NUMBER)', false],
  ['ALTER TABLE T ADD PARTITION NUMBER', false],
  ['ALTER TABLE T ADD "X" NUMBER /* ADD PARTITION P VALUES (1) */', false],
  ['ALTER TABLE T SPLIT PARTITION P AT (5) INTO (PARTITION A, PARTITION B)', false],
  ['ALTER TABLE T DROP PARTITION P', false],
  ['ALTER TABLE T TRUNCATE PARTITION P', false],
  ['ALTER TABLE T EXCHANGE PARTITION P WITH TABLE X', false],
  ['TRUNCATE TABLE T', false],
  ['', false],
])('%s: only a partition is added is %s', (statement, only) => {
  expect(addsPartition(statement)).toBe(only);
});
